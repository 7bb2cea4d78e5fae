// Command codes writes api/codes.txt: the codes of the failures that each route of the API can answer with. It reads the
// sources: from the handler of a route it follows every function and every failure that is named on the way. What is behind
// functions handed over at start, such as hooks between services, is not followed; general refusals of the door are left to
// api. Run it from the root of the module.
package main

import (
	"log"
	"os"
)

const target = "api/codes.txt"

func main() {
	log.SetFlags(0)
	text, err := list(".")
	if err == nil {
		err = os.WriteFile(target, text, 0o644)
	}
	if err != nil {
		log.Fatal("internal/codes: ", err)
	}
}
