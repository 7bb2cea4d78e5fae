package ops

import (
	"context"
	"encoding/json"
)

// Task is what the metadata of an ECS task says of it: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html.
// It knows of no other task.
type Task struct {
	Running bool
	Wanted  bool
}

// readTask asks for the metadata where there is somebody to ask. Without an answer nothing is known.
func (s *Service) readTask(ctx context.Context) {
	if s.Task == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	var said struct{ DesiredStatus, KnownStatus string }
	text, err := s.Options.Task(ctx)
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	var t *Task
	if err != nil {
		s.Failed("read the metadata of the task", err)
	} else {
		t = &Task{Running: said.KnownStatus == "RUNNING", Wanted: said.DesiredStatus == "RUNNING"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.task = t
}
