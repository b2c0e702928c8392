"""Packages: the detections of a rule repository as the files that a SIEM imports."""
