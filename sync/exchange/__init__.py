"""The exchange with HR over HTTPS: bounded in time and size, and only what HR has signed is believed."""
