"""Package managers as commands: they add recorded packages to the tree and say how good the record is."""
