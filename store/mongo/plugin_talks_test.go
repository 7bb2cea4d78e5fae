package mongo

import (
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins"
	"pegasus/store/storetest"
)

func TestAnAnswerToWhatWasDeletedLeavesThePluginFree(t *testing.T) {
	s := connect(t)
	ensure(t, s)
	at := storetest.Start
	p := storetest.AddPlugin(t, s, id.New(at), "dice")
	c := plugins.Conversation{ID: id.New(at), PluginID: p.ID, UserID: p.OwnerID, CreatedAt: at, UpdatedAt: at}
	must(t, s.CreateConversation(t.Context(), c))
	e := plugins.Exchange{ID: id.New(at), ConversationID: c.ID, PluginID: p.ID, UserID: p.OwnerID, State: plugins.Answering, CreatedAt: at}
	must(t, s.BeginExchange(t.Context(), e, at.Add(time.Hour)))
	// As a deletion leaves it that read what is asked before this was.
	_, err := s.pluginExchanges.DeleteOne(t.Context(), withID(e.ID))
	must(t, err)
	e.State = plugins.Answered
	if err := s.SaveExchange(t.Context(), e); !fault.Is(err, fault.NotFound) {
		t.Errorf("what was deleted is saved: %v", err)
	}
	p, err = s.Plugin(t.Context(), p.ID)
	must(t, err)
	if p.Asking != "" {
		t.Errorf("it asks %s", p.Asking)
	}
}
