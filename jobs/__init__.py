"""Work that other processes do for the servers: refreshing figures and keeping what is to be kept, by way of a message broker."""
