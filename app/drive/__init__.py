"""Roof, drive: a small ScaiDrive over a folder, to try, test and use shares without the real one."""
