package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins"
	"pegasus/views"
)

// tests try out what lies outside of the program, as those who run it ask for it.
func (a *app) tests() map[views.TestName]func(context.Context, accounts.User) (string, error) {
	return map[views.TestName]func(context.Context, accounts.User) (string, error){
		views.TestMail: func(ctx context.Context, u accounts.User) (string, error) {
			return "A letter went to " + u.Email + ".", a.outbox.Test(ctx, u.Email)
		},
		views.TestStorage: func(ctx context.Context, _ accounts.User) (string, error) { return a.testStorage(ctx) },
		views.TestPush:    func(ctx context.Context, u accounts.User) (string, error) { return a.testPush(ctx, u.ID) },
		views.TestModel:   a.testModel,
	}
}

// testStorage writes a file, reads it and removes it.
func (a *app) testStorage(ctx context.Context) (string, error) {
	key, content := "test-"+id.New(now()), []byte("Pegasus was here.")
	if err := a.blobs.Put(ctx, key, bytes.NewReader(content), int64(len(content))); err != nil {
		return "", fault.Away("NOT_WRITTEN", "A file could not be written: "+err.Error(), err)
	}
	file, err := a.blobs.Open(ctx, key)
	if err == nil {
		var got []byte
		got, err = io.ReadAll(file)
		err = errors.Join(err, file.Close())
		if err == nil && !bytes.Equal(got, content) {
			err = errors.New("it reads back otherwise than it was written")
		}
	}
	if err != nil {
		err = fault.Away("NOT_READ", "A file was written, and could not be read: "+err.Error(), err)
	}
	if gone := a.blobs.Remove(ctx, key); gone != nil && err == nil {
		err = fault.Away("NOT_REMOVED", "A file was written, and could not be removed: "+gone.Error(), gone)
	}
	return "A file was written, read and removed.", err
}

// testPush tells every browser of an admin.
func (a *app) testPush(ctx context.Context, userID string) (string, error) {
	browsers, err := a.notify.Browsers(ctx, userID)
	if err != nil {
		return "", err
	}
	if len(browsers) == 0 {
		return "", fault.New(fault.Conflict, "NO_BROWSER", "None of your browsers is told anything yet. Switch it on under Profile, Notifications.")
	}
	for _, b := range browsers {
		if err := a.notify.Test(ctx, userID, b.ID); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("Told to %d of your browsers.", len(browsers)), nil
}

// testModel asks the model for a word.
func (a *app) testModel(ctx context.Context, u accounts.User) (string, error) {
	if a.settings.ModelURL == "" && a.settings.GeneratorURL == "" {
		return "", fault.New(fault.Conflict, "NO_MODEL", "No model is set. Set OPENAI_BASE_URL and OPENAI_MODEL and start again.")
	}
	answer, err := a.generator(nil).Generate(ctx, plugins.Request{
		Asker:  plugins.Asker{ID: u.ID, Email: u.Email, Name: u.Name, Role: string(u.Role)},
		Plugin: "Test", Ask: "This is a test of the connection. Answer with the one word OK, and change nothing.", Round: 1,
	}, func(plugins.Piece) {})
	if err != nil {
		return "", fault.Away("MODEL_FAILED", "The model did not answer: "+fault.From(err).Message, err)
	}
	return fmt.Sprintf("%s answered, with %d tokens.", answer.Model, answer.Usage.Tokens()), nil
}
