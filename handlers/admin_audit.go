package handlers

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/id"
	"pegasus/views"
	"pegasus/web"
)

const auditPage = 50

var (
	errNobody = func(field string) error { return fault.Field(field, "USER_NOT_FOUND", "Nobody has this username.") }
	errDay    = func(field string) error {
		return fault.Field(field, "INVALID_DAY", "Please enter a date, such as 2030-12-31.")
	}
)

// auditQuery reads what of the log is wanted: people by username, address or id, and whole days in UTC.
func (d *door) auditQuery(ctx context.Context, me accounts.User, values url.Values) (q accounts.EventQuery, f views.AuditFilter, err error) {
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f = views.AuditFilter{By: get("by"), About: get("about"), Action: get("action"), Since: get("since"), Until: get("until")}
	if err = accounts.RequireAdmin(me); err != nil {
		return q, f, err
	}
	q.Action = accounts.Action(f.Action)
	if q.ActorID, err = d.idOf(ctx, me, "by", f.By); err != nil {
		return q, f, err
	}
	if q.UserID, err = d.idOf(ctx, me, "about", f.About); err != nil {
		return q, f, err
	}
	if f.Since != "" {
		if q.Since, err = time.Parse(time.DateOnly, f.Since); err != nil {
			return q, f, errDay("since")
		}
	}
	if f.Until != "" {
		if q.Until, err = time.Parse(time.DateOnly, f.Until); err != nil {
			return q, f, errDay("until")
		}
		q.Until = q.Until.Add(dayLong) // the day that is named belongs to it
	}
	return q, f, nil
}

// idOf returns the id of whom a text names, "" for none. Who is gone is found by the id alone.
func (d *door) idOf(ctx context.Context, me accounts.User, field, text string) (string, error) {
	if text == "" || id.Valid(text) {
		return text, nil
	}
	name, by := strings.TrimPrefix(text, "@"), accounts.UserUsername
	if strings.Contains(name, "@") {
		by = accounts.UserEmail
	}
	for _, bots := range []bool{false, true} {
		found, _, err := d.Accounts.FindUsers(ctx, me, accounts.UserQuery{Filters: equals(by, name), Bots: bots, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0].ID, nil
		}
	}
	return "", errNobody(field)
}

func (d *door) showAudit(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	values := r.URL.Query()
	q, filter, wrongFilter := d.auditQuery(r.Context(), me, values)
	if fault.Is(wrongFilter, fault.Forbidden) {
		return wrongFilter
	}
	own, err := d.adminFrame(r, me, views.TabAudit)
	if err != nil {
		return err
	}
	page := views.AdminAudit{Own: own, Filter: filter}
	if wrongFilter != nil {
		return showWrong(w, r, wrongFilter, func(problem views.Wrong, status int) {
			page.Form, page.Wrong = "audit", problem
			render(w, r, status, views.AdminAuditPage(page))
		})
	}
	if before := values.Get("before"); id.Valid(before) {
		q.Before = before
	}
	q.Limit = auditPage + 1
	events, err := d.Accounts.AuditLog(r.Context(), me, q)
	if err != nil {
		return err
	}
	events, more := upTo(events, auditPage)
	if page.Events, err = d.audited(r.Context(), events); err != nil {
		return err
	}
	values.Del("before")
	if q.Before != "" {
		page.First = "/admin/audit?" + values.Encode()
	}
	if more {
		values.Set("before", events[len(events)-1].ID)
		page.Older = "/admin/audit?" + values.Encode()
	}
	render(w, r, http.StatusOK, views.AdminAuditPage(page))
	return nil
}

// audited names those in lines of the log.
func (d *door) audited(ctx context.Context, events []accounts.Event) ([]views.Audited, error) {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ActorID, e.UserID)
	}
	people, err := d.Accounts.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	name := func(userID string) string {
		u, known := people[userID]
		switch {
		case userID == "":
			return ""
		case !known || u.Deactivated && !u.Bot:
			return "somebody who left (" + userID + ")"
		}
		return "@" + u.Username
	}
	lines := make([]views.Audited, len(events))
	for i, e := range events {
		lines[i] = views.Audited{Event: e, By: name(e.ActorID), About: name(e.UserID)}
	}
	return lines, nil
}

// exportAudit sends all that a filter finds, page by page. It is a form, as the export itself is written to the log.
func (d *door) exportAudit(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	q, _, err := d.auditQuery(r.Context(), me, r.PostForm)
	if err != nil {
		return err
	}
	if err := d.Limits.Export.Take(w, r, me.ID); err != nil {
		return err
	}
	format := r.PostForm.Get("format")
	w = web.WritePatiently(w)
	write, kind := auditCSV(w), "text/csv; charset=utf-8"
	switch format {
	case "csv":
	case "jsonl":
		write, kind = auditLines(w), "application/x-ndjson"
	default:
		return fault.Field("format", "INVALID_FORMAT", "The format is csv or jsonl.")
	}
	began := false
	err = d.Accounts.EachEvent(r.Context(), me, q, format, func(events []accounts.Event) error {
		lines, err := d.audited(r.Context(), events)
		if err != nil {
			return err
		}
		if !began {
			began = true
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Disposition", files.Disposition("audit-"+d.Now().Format(time.DateOnly)+"."+format, false))
		}
		return write(lines)
	})
	if err != nil && began {
		web.NoteError(r.Context(), err)
		panic(http.ErrAbortHandler) // half a log must not look whole
	}
	return err
}

// bare is a username without its sign.
func bare(name string) string { return strings.TrimPrefix(name, "@") }

var auditColumns = []string{"id", "at", "action", "actor_id", "actor", "user_id", "user", "address", "user_agent", "details"}

func auditCSV(w http.ResponseWriter) func([]views.Audited) error {
	table, began := csv.NewWriter(w), false
	return func(lines []views.Audited) error {
		if !began {
			began = true
			if err := table.Write(auditColumns); err != nil {
				return err
			}
		}
		for _, e := range lines {
			details, err := json.Marshal(e.Details)
			if err != nil {
				return err
			}
			row := []string{e.ID, web.Time(e.At), string(e.Action), e.ActorID, bare(e.By), e.UserID, bare(e.About), e.Address, e.UserAgent, string(details)}
			for i := range row {
				row[i] = plainCell(row[i])
			}
			if err := table.Write(row); err != nil {
				return err
			}
		}
		table.Flush()
		return table.Error()
	}
}

// plainCell keeps a text from being taken for a formula by the programs that open tables.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

type auditLine struct {
	ID        string            `json:"id"`
	At        string            `json:"at"`
	Action    accounts.Action   `json:"action"`
	ActorID   string            `json:"actor_id"`
	Actor     string            `json:"actor"`
	UserID    string            `json:"user_id"`
	User      string            `json:"user"`
	Address   string            `json:"address"`
	UserAgent string            `json:"user_agent"`
	Details   map[string]string `json:"details"`
}

func auditLines(w http.ResponseWriter) func([]views.Audited) error {
	lines := json.NewEncoder(w)
	return func(events []views.Audited) error {
		for _, e := range events {
			if err := lines.Encode(auditLine{
				ID: e.ID, At: web.Time(e.At), Action: e.Action, ActorID: e.ActorID, Actor: bare(e.By), UserID: e.UserID, User: bare(e.About),
				Address: e.Address, UserAgent: e.UserAgent, Details: e.Details,
			}); err != nil {
				return err
			}
		}
		return nil
	}
}
