package api

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
)

// answeredWell has the patterns of the operations that some test has called with success, whose answer then was held against
// the document.
var answeredWell sync.Map

// TestMain fails a whole run in which an operation was refused each time it was called, or never called.
func TestMain(m *testing.M) {
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && !testing.Short()
	if code == 0 && whole && flag.Lookup("test.list").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" {
		for pattern := range table {
			if _, yes := answeredWell.Load(pattern); !yes {
				fmt.Printf("no test called %s with success\n", pattern)
				code = 1
			}
		}
	}
	os.Exit(code)
}
