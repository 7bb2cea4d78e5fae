package jail

// Raced tells tests whether the race detector is in them, with which a child has no limit of memory.
const Raced = raced

// NewStockOf returns a Stock whose children are started by a function.
func NewStockOf(work string, start func(*Starter, string) (*Process, error)) *Stock {
	s := NewStock(work, 1)
	s.start = func(work string) (*Process, error) { return start(s.starter, work) }
	return s
}
