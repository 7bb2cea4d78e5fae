package plugins

import (
	"context"
	"sync"
	"time"

	"pegasus/fault"
)

const (
	// compilers is how many projects are compiled at once.
	compilers = 2
	// maxBuilds is how many versions may wait for the compiler. One more waits until somebody looks at it.
	maxBuilds = 256
	// buildTries is how often a version is given to a compiler that does not work, and buildPause lies between.
	buildTries = 5
	buildPause = 2 * time.Second
)

// buildTask is a version that is to be compiled.
type buildTask struct {
	pluginID string
	number   int
}

// enqueue has a version compiled that is not waiting for it already.
func (s *Service) enqueue(pluginID string, number int) {
	task := buildTask{pluginID, number}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.building[task]; known {
		return
	}
	select {
	case s.builds <- task:
		s.building[task] = Pending
	default:
	}
}

func (s *Service) setBuilding(task buildTask, status Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status == "" {
		delete(s.building, task)
		return
	}
	s.building[task] = status
}

// standing returns p with the state of what its newest version is going through in this process.
func (s *Service) standing(p Plugin) Plugin {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Status == Pending && s.building[buildTask{p.ID, p.Head}] == Compiling {
		p.Status = Compiling
	}
	return p
}

// Run compiles versions until ctx ends.
func (s *Service) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range compilers {
		workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case task := <-s.builds:
					if err := s.build(ctx, task); err != nil && ctx.Err() == nil {
						s.failed(ctx, "compile a plugin", err)
					}
					s.setBuilding(task, "")
				}
			}
		})
	}
	workers.Wait()
}

func (s *Service) build(ctx context.Context, task buildTask) error {
	v, err := s.store.Version(ctx, task.pluginID, task.number)
	if fault.Is(err, fault.NotFound) || err == nil && v.Build != nil {
		return nil
	}
	if err != nil {
		return err
	}
	files, err := s.filesOf(ctx, v)
	if err != nil {
		return err
	}
	s.setBuilding(task, Compiling)
	s.tell(ctx, task.pluginID)
	made, err := s.compileWithPatience(ctx, files)
	if err != nil {
		return err
	}
	err = s.store.SaveBuild(ctx, task.pluginID, task.number, made.Build, made.blobs())
	s.setBuilding(task, "")
	if err == nil {
		s.tell(ctx, task.pluginID)
	}
	return err
}

// compileWithPatience tries again where the compiler has no room.
func (s *Service) compileWithPatience(ctx context.Context, files []File) (Compiled, error) {
	for try := 1; ; try++ {
		made, err := s.compile(ctx, files)
		if err == nil || try == buildTries || !fault.Is(err, fault.Limited) && !fault.Is(err, fault.Unavailable) {
			return made, err
		}
		select {
		case <-ctx.Done():
			return Compiled{}, ctx.Err()
		case <-time.After(max(buildPause, fault.From(err).RetryAfter)):
		}
	}
}

// compile makes the bundle of a project when its turn comes.
func (s *Service) compile(ctx context.Context, files []File) (Compiled, error) {
	select {
	case s.compiling <- struct{}{}:
		defer func() { <-s.compiling }()
	case <-ctx.Done():
		return Compiled{}, ctx.Err()
	}
	made, err := s.compiler.Compile(ctx, files)
	if err != nil {
		return Compiled{}, err
	}
	made.Build.Bundle, made.Build.Map = "", ""
	if made.Build.Success && made.Bundle != nil {
		made.Build.Bundle = newBlob(made.Bundle).Hash
	}
	if made.Build.Success && made.Map != nil {
		made.Build.Map = newBlob(made.Map).Hash
	}
	return made, nil
}

// blobs returns what a build leaves.
func (c Compiled) blobs() (kept []Blob) {
	if c.Build.Bundle != "" {
		kept = append(kept, newBlob(c.Bundle))
	}
	if c.Build.Map != "" {
		kept = append(kept, newBlob(c.Map))
	}
	return kept
}
