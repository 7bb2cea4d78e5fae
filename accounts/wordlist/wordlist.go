// Package wordlist knows the passwords that are tried first. The list is that of the npm package
// @zxcvbn-ts/language-common (MIT licence), embedded at build time: nothing is asked over the network.
package wordlist

import (
	_ "embed"
	"encoding/json"
	"sync"
)

//go:embed passwords.json
var list []byte

// shortest leaves out what the rule about length refuses anyway.
const shortest = 8

var words = sync.OnceValue(func() map[string]struct{} {
	var all []string
	if err := json.Unmarshal(list, &all); err != nil {
		panic("wordlist: the embedded list is broken: " + err.Error())
	}
	set := make(map[string]struct{}, len(all))
	for _, word := range all {
		if len(word) >= shortest {
			set[word] = struct{}{}
		}
	}
	return set
})

// Common reports whether a lower-case password is on the list.
func Common(password string) bool {
	_, found := words()[password]
	return found
}
