package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// backups are the settings of what the server does about backups by itself.
type backups struct {
	Dir      string        `env:"BACKUP_DIR"`
	Every    time.Duration `env:"BACKUP_EVERY" envDefault:"0"`
	Keep     int           `env:"BACKUP_KEEP" envDefault:"7"`
	Download string        `env:"BACKUP_DOWNLOAD" envDefault:"off"`
}

// leastBetween is the shortest time between two backups.
const leastBetween = 10 * time.Minute

func (s *settings) checkBackups() error {
	b := &s.Backups
	if b.Every != 0 && b.Every < leastBetween {
		return fmt.Errorf("BACKUP_EVERY must be a time such as 24h, at least %s, or 0 for none", leastBetween)
	}
	if b.Keep < 1 {
		return errors.New("BACKUP_KEEP must be 1 or more")
	}
	if b.Download != "on" && b.Download != "off" {
		return fmt.Errorf("BACKUP_DOWNLOAD must be on or off, not %q", b.Download)
	}
	if b.Dir == "" {
		b.Dir = filepath.Join(s.DataDir, "backups")
	}
	dir, err := filepath.Abs(b.Dir)
	b.Dir = dir
	return err
}
