"""The one door through which every change goes."""
