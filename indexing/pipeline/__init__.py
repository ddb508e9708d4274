"""Knowing, pipeline: from a file to an edition that answers, stage by stage."""
