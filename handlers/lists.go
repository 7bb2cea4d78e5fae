package handlers

// upTo returns the first n of a list of which one more was asked for, and whether there are more.
func upTo[T any](all []T, n int) (shown []T, more bool) {
	return all[:min(len(all), n)], len(all) > n
}
