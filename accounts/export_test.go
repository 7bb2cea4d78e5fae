package accounts

// DummyHash is what is checked where there is no hash.
func DummyHash(cost int) string { return newPasswords(nil, cost, 1).dummy }
