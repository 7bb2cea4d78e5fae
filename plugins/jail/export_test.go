package jail

// Raced tells tests whether the race detector is in them, with which a child has no limit of memory.
const Raced = raced
