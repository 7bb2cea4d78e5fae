package plugins_test

import (
	"os"
	"testing"

	"pegasus/plugins/compile"
	"pegasus/plugins/jail"
	"pegasus/plugins/sandbox"
)

func TestMain(m *testing.M) {
	jail.Main(compile.Child, sandbox.Child)
	os.Exit(m.Run())
}
