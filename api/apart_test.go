package api

import (
	"strings"
	"testing"
)

func TestAServerThatIsNotJoinedToTheOthersTakesNoStreamsAndDoesTheRest(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.broker.Suspend()
	away := w.call(nil, "GET", "/readyz", nil).want(503, "SERVER_NOT_JOINED")
	if away.Header().Get("Retry-After") == "" {
		t.Error("nobody is told when to come back")
	}
	w.call(nil, "GET", "/api/health", nil).exactly(200,
		`{"status":"healthy","timestamp":"TIME","database":"connected","auth":"operational","servers":"apart"}`)
	stream := w.call(ada, "GET", "/api/events", nil) // an event source gives up on any status but 200
	if !strings.HasPrefix(stream.Body.String(), "retry: ") || strings.Contains(stream.Body.String(), "event:") || stream.Header().Get("Retry-After") == "" {
		t.Errorf("the stream is %v %s", stream.Header(), stream.Body)
	}
	w.call(ada, "GET", "/api/chat/channels", nil).want(200)
	w.broker.Renew()
	w.call(nil, "GET", "/readyz", nil).exactly(200, `{"status":"ready"}`)
}
