package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

func TestThePluginsOfAPegasusDatabaseAreTakenOver(t *testing.T) {
	s := connect(t)
	owner := primitive.NewObjectID()
	for _, name := range []string{"Dice", "dice", "Poll"} {
		_, err := s.plugins.InsertOne(t.Context(), bson.D{{Key: "userId", Value: owner}, {Key: "pluginName", Value: name},
			{Key: "pluginData", Value: "{}"}, {Key: "status", Value: "success"}, {Key: "downloadCount", Value: int32(3)}})
		must(t, err)
	}
	for range 2 {
		ensure(t, s)
	}
	dice, err := s.PluginNamed(t.Context(), owner.Hex(), "dice")
	must(t, err)
	if dice.Name != "Dice" || dice.Downloads != 3 {
		t.Errorf("found %+v", dice)
	}
	all, err := s.PluginsOf(t.Context(), owner.Hex(), 10)
	must(t, err)
	if len(all) != 3 {
		t.Errorf("%d plugins are there, want 3", len(all))
	}
}
