package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"pegasus/fault"
	"pegasus/web"
)

// pingWait is how long the database may take to answer before it counts as away.
const pingWait = 2 * time.Second

type health struct {
	Status    string `json:"status" enum:"healthy,unhealthy"`
	Timestamp string `json:"timestamp" format:"date-time"`
	Database  string `json:"database" enum:"connected,disconnected"`
	Auth      string `json:"auth" enum:"operational,unavailable"`
	Servers   string `json:"servers,omitempty" enum:"apart" doc:"Only where this server is not joined to the others of its workspace: it takes no streams"`
}

func (d *door) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingWait)
	defer cancel()
	return d.Database.Ping(ctx)
}

// health answers in the same form whether the server can work or not.
func (d *door) health(w http.ResponseWriter, r *http.Request) {
	out := health{Status: "healthy", Timestamp: web.Time(d.Now()), Database: "connected", Auth: "operational"}
	status := http.StatusOK
	if err := d.ping(r.Context()); err != nil {
		web.NoteError(r.Context(), err)
		// Nobody signs in without the database.
		out.Status, out.Database, out.Auth = "unhealthy", "disconnected", "unavailable"
		status = http.StatusServiceUnavailable
	}
	if d.Broker.Away() {
		out.Servers = "apart"
	}
	web.WriteJSON(w, status, out)
}

type probe struct {
	Status string `json:"status"`
}

func (d *door) live(context.Context, *none) (*reply[probe], error) { return ok(probe{Status: "alive"}) }

func (d *door) ready(ctx context.Context, _ *none) (*reply[probe], error) {
	if err := d.ping(ctx); err != nil {
		return nil, fault.Away("DATABASE_UNAVAILABLE", "The database does not answer at the moment.", err)
	}
	if d.Broker.Away() {
		return nil, web.ErrApart
	}
	return ok(probe{Status: "ready"})
}

type initReply struct {
	Success     bool     `json:"success"`
	Message     string   `json:"message"`
	Collections []string `json:"collections" nullable:"false"`
}

func (d *door) initDatabase(ctx context.Context, _ *none) (*reply[initReply], error) {
	if err := d.Database.Ensure(ctx); err != nil {
		return nil, err
	}
	names, err := d.Database.Tables(ctx)
	if names == nil {
		names = []string{}
	}
	return &reply[initReply]{Body: initReply{Success: true, Message: "Database initialized successfully", Collections: names}}, err
}

// openAPI serves the document. Programs that have it ask by its ETag whether it has changed.
func (d *door) openAPI(w http.ResponseWriter, r *http.Request) {
	document, err := d.document()
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", document.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(document.text))
}
