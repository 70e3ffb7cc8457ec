"""What a worker asks of HR at a kiosk, through `sync` and past every file of the box."""
