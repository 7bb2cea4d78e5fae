package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/markdown"
	"pegasus/store"
)

// The size of a large workspace. Each person is in a tenth of the channels, and the one who is measured in all of them.
const (
	workspacePeople   = 2000
	workspaceChannels = 500
	membersAChannel   = workspacePeople / 10
)

// benchWorkspace measures how long the server takes for the page of a channel, going from one channel to the next, in a
// large workspace.
func benchWorkspace(ctx context.Context, o benchOptions, dir string, out io.Writer) error {
	data := filepath.Join(dir, "workspace")
	if err := fillWorkspace(ctx, data, o.messages, markdown.New().Render); err != nil {
		return err
	}
	s, err := startBenchServer(ctx, data)
	if err != nil {
		return err
	}
	defer s.stop()
	channels, err := s.joinAll()
	if err != nil {
		return err
	}
	before, err := s.cpu()
	if err != nil {
		return err
	}
	start := time.Now()
	took, err := repeat(ctx, s, 1, func(c *rawClient, i int) (bool, error) {
		status, err := c.do(s.request("GET", "/chat/"+channels[i%len(channels)], ""))
		if err == nil && status != 200 {
			err = fmt.Errorf("a channel's page answered %d", status)
		}
		return i < len(channels) || time.Since(start) < o.seconds, err
	})
	if err != nil {
		return err
	}
	after, err := s.cpu()
	n := len(took)
	fmt.Fprintf(out, "going through %d channels of %d people, %d messages: page p50 %6.2f ms  p99 %6.2f ms  server CPU %5.2f ms a page\n",
		len(channels), workspacePeople, o.messages, took[n/2].Seconds()*1000, took[n*99/100].Seconds()*1000,
		((after-before)/time.Duration(n)).Seconds()*1000)
	return err
}

// joinAll brings the person who is signed in into every channel and returns their ids.
func (s *benchServer) joinAll() ([]string, error) {
	var ids []string
	for cursor := ""; ; {
		var page struct {
			Channels   []struct{ ID string } `json:"channels"`
			NextCursor string                `json:"next_cursor"`
		}
		if err := s.call("GET", "/api/chat/channels/browse?limit=100&cursor="+cursor, nil, &page); err != nil {
			return nil, err
		}
		for _, c := range page.Channels {
			if c.ID != s.channel {
				if err := s.call("POST", "/api/chat/channels/"+c.ID+"/join", nil, &struct{}{}); err != nil {
					return nil, err
				}
			}
			ids = append(ids, c.ID)
		}
		if page.NextCursor == "" || len(page.Channels) == 0 {
			break
		}
		cursor = page.NextCursor
	}
	if len(ids) < workspaceChannels {
		return nil, fmt.Errorf("%d channels are listed", len(ids))
	}
	return ids, nil
}

// fillWorkspace makes people, channels and n messages spread over them, each third one by the next member.
func fillWorkspace(ctx context.Context, dir string, n int, render func(string) string) error {
	db, err := store.Open(ctx, store.Settings{DataDir: dir})
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	at := now()
	people := make([]string, workspacePeople)
	for i := range people {
		name := fmt.Sprintf("person%d", i)
		u := accounts.User{
			ID: id.New(at), Email: name + "@pegasus.example", Name: name, Username: name, Role: accounts.RoleUser,
			Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: at, UpdatedAt: at,
		}
		if err := db.CreateUser(ctx, u, ""); err != nil {
			return err
		}
		people[i] = u.ID
	}
	channels := make([]string, workspaceChannels)
	for i := range channels {
		name := chat.General
		if i > 0 {
			name = fmt.Sprintf("channel-%d", i)
		}
		c := chat.Channel{ID: id.New(at), Name: name, Type: chat.Public, CreatedAt: at, MemberCount: membersAChannel}
		members := make([]chat.Member, membersAChannel)
		for m := range members {
			members[m] = chat.Member{ChannelID: c.ID, UserID: people[(i+m*10)%len(people)], Role: chat.RoleMember, JoinedAt: at}
		}
		if err := db.CreateChannel(ctx, c, members); err != nil {
			return err
		}
		channels[i] = c.ID
	}
	const text = "The **load test** is green, shall we cut the branch at two? See https://pegasus.example/plan"
	html := render(text)
	var next atomic.Int64
	return everyWorker(func() error {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			c := i % len(channels)
			m := chat.Message{
				ID: id.New(at), ChannelID: channels[c], UserID: people[(c+(i/len(channels)/3%membersAChannel)*10)%len(people)],
				Content: text, HTML: html, CreatedAt: at, UpdatedAt: at,
			}
			if _, _, err := db.AppendMessage(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// fillers is how many write at once, so that the store commits many messages together.
const fillers = 256

func everyWorker(do func() error) error {
	failed := make([]error, fillers)
	var work sync.WaitGroup
	for w := range fillers {
		work.Go(func() { failed[w] = do() })
	}
	work.Wait()
	return errors.Join(failed...)
}
