package sqlite

import (
	"testing"

	"pegasus/store/storetest"
)

func TestUploads(t *testing.T) {
	storetest.Uploads(t, func(t *testing.T) storetest.Store { return openTest(t) })
}
