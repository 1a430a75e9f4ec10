"""The wall: firejail, one jail for one program, and the proof that it stands."""
