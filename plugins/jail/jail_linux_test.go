package jail_test

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"pegasus/plugins/jail"
)

func TestAChildThatIsToIdleDoesSoInAllItsThreads(t *testing.T) {
	starter := jail.NewStarter()
	defer starter.Close()
	child, err := starter.Start("test-spin")
	if err != nil {
		t.Fatal(err)
	}
	defer child.Kill()
	if _, err := jail.CPU(child.Pid()); err != nil {
		t.Fatal(err)
	}
	child.OnlyIdle()
	threads, err := os.ReadDir("/proc/" + strconv.Itoa(child.Pid()) + "/task")
	if err != nil || len(threads) == 0 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		if policy, err := unix.SchedGetAttr(id, 0); err != nil || policy.Policy != unix.SCHED_IDLE {
			t.Errorf("thread %d has the policy %+v, %v", id, policy, err)
		}
	}
}
