package handlers

import (
	"testing"

	"pegasus/trouble"
)

func TestAdminsSwitchFailuresOnAndOff(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.get(boss, "/test").want(200, "Switch it on", `open aria-labelledby="ask-confirm"`)
	w.post(boss, "/test/failures", "kind", "429", "target", "writes", "left", "4", "minutes", "2").sends("/test")
	w.get(boss, "/test").want(200, "429, too many requests", "the next 4 requests of all that changes something, for 2 minutes at most", "Saved")
	w.post(boss, "/test/failures", "kind", "cut", "target", "sends", "left", "0", "minutes", "2").want(400, "1 to 1000 requests").keeps("left", "0", "minutes", "2")
	w.post(boss, "/test/failures", "kind", "cut", "target", "sends", "left", "1", "minutes", "11").want(400, "1 to 10 minutes")
	w.post(ada, "/test/failures", "kind", "cut", "target", "sends", "left", "1", "minutes", "1").want(403)
	w.post(boss, "/test/failures", "kind", "429", "action", "end").sends("/test")
	if on, err := w.deps.Trouble.List(boss.User); err != nil || len(on) != 0 {
		t.Errorf("%+v are on, %v", on, err)
	}
	w.get(boss, "/admin/audit").want(200, "fault.set")
}

func TestOpenStreamsBreakAtOnce(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	stream := w.listen(w.server(), boss, "", "")
	w.post(boss, "/test/failures", "kind", string(trouble.Cut), "target", "all", "left", "1", "minutes", "1").sends("/test")
	for stream.next().name != "" { // else the test does not end
	}
}
