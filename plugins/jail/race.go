//go:build race

package jail

// raced says that the race detector is in the program, whose shadow of all memory would count as data.
const raced = true
