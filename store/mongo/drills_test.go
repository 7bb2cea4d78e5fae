package mongo

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
)

func TestTheDatabasesOfDrillsThatWereNeverDroppedAreAndNoOthers(t *testing.T) {
	s := connect(t)
	client, own, now := s.db.Client(), s.db.Name(), time.Now()
	old := now.Add(-25 * time.Hour)
	left, before := DrillName(own, old), now.Add(-24*time.Hour)
	others := []string{
		own, DrillName(own, now), DrillName(own+"x", old), "x" + DrillName(own, old), left + "x", own + "_drill_notes", own + "_drill_0000000Gabcd",
	}
	for _, name := range append(others, left) {
		t.Cleanup(func() { must(t, client.Database(name).Drop(context.WithoutCancel(t.Context()))) })
		_, err := client.Database(name).Collection("things").InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}})
		must(t, err)
	}
	must(t, s.DropDrills(t.Context(), before))
	names, err := client.ListDatabaseNames(t.Context(), bson.D{})
	must(t, err)
	for _, name := range others {
		if !slices.Contains(names, name) {
			t.Errorf("%s is dropped", name)
		}
	}
	if slices.Contains(names, left) {
		t.Error("what a drill of yesterday left stays")
	}
	must(t, s.DropDrills(t.Context(), before)) // with nothing to do
}
