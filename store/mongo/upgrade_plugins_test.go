package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"pegasus/id"
	"pegasus/plugins"
	"pegasus/store/storetest"
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

// An install may be older than the mark of what waits, here or in the backup that it came from.
func TestWhatIsPendingIsMarkedInInstallsThatWereStoredBefore(t *testing.T) {
	s := connect(t)
	_, err := s.pluginInstalls.Indexes().CreateOne(t.Context(), index{keys: "state"}.model())
	must(t, err)
	ensure(t, s)
	p := storetest.AddPlugin(t, s, id.New(storetest.Start), "dice")
	waiting, still := storetest.Install(p.ID, id.New(storetest.Start)), storetest.Install(p.ID, id.New(storetest.Start))
	waiting.Pending = &plugins.Proposal{Version: 2}
	for _, i := range []plugins.Install{waiting, still} {
		must(t, s.AddInstall(t.Context(), i))
	}
	_, err = s.pluginInstalls.UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "waits", Value: ""}}}})
	must(t, err)
	for range 2 {
		ensure(t, s)
	}
	shown, err := s.Installs(t.Context(), plugins.ShowWaiting, "", 10)
	must(t, err)
	if len(shown) != 1 || shown[0].ID != waiting.ID {
		t.Errorf("what waits is %+v", shown)
	}
	present, err := s.pluginInstalls.Indexes().ListSpecifications(t.Context())
	must(t, err)
	for _, one := range present {
		if sameKeys(one, index{keys: "state"}.model()) {
			t.Error("the index that nothing reads is there")
		}
	}
}
