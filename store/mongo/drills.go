package mongo

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// DrillName returns a name for the database of a drill that begins now, beside that of the workspace. It says when that was, so that
// one that was never dropped is known for what it is.
func DrillName(database string, now time.Time) string {
	return fmt.Sprintf("%s_drill_%08x%s", database, now.Unix(), strings.ToLower(rand.Text()[:4]))
}

// DropDrills drops the databases of drills of this workspace that began before the time given, and were ended before they could.
func (s *Store) DropDrills(ctx context.Context, before time.Time) error {
	ctx, done := context.WithTimeout(ctx, upgradeLimit)
	defer done()
	names, err := s.db.Client().ListDatabaseNames(ctx, bson.D{}, options.ListDatabases().SetNameOnly(true).SetAuthorizedDatabases(true))
	if err != nil {
		return translate(err)
	}
	drill := regexp.MustCompile(`^` + regexp.QuoteMeta(s.db.Name()) + `_drill_([0-9a-f]{8})[a-z2-7]{4}$`)
	for _, name := range names {
		found := drill.FindStringSubmatch(name)
		if found == nil {
			continue
		}
		began, err := strconv.ParseInt(found[1], 16, 64)
		if err != nil || !time.Unix(began, 0).Before(before) {
			continue
		}
		if err := s.db.Client().Database(name).Drop(ctx); err != nil {
			return translate(err)
		}
	}
	return nil
}
