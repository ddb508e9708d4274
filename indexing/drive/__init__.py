"""Knowing, drive: files of ScaiDrive, as the person who asks may have them there."""
