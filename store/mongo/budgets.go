package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/plugins"
)

// budgetDoc is what a person may use on a day, in place of what everybody may.
type budgetDoc struct {
	ID     ref   `bson:"_id"`
	Tokens int64 `bson:"tokens"`
}

// usedDoc is what a person used, as UsageByPerson sums it.
type usedDoc struct {
	ID    ref           `bson:"_id"`
	Usage plugins.Usage `bson:",inline"`
	Today int64         `bson:"today"`
}

// UsageByPerson groups what the days have, which is a month of people at most.
func (s *Store) UsageByPerson(ctx context.Context, first, last string, after plugins.UsagePlace, limit int) ([]plugins.PersonUsage, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	all := bson.D{{Key: "$add", Value: bson.A{"$input", "$output"}}}
	group := bson.D{{Key: "_id", Value: "$user_id"}, {Key: "tokens", Value: bson.D{{Key: "$sum", Value: all}}},
		{Key: "today", Value: bson.D{{Key: "$sum", Value: bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$eq", Value: bson.A{"$day", last}}}, all, 0}}}}}}}
	for _, field := range []string{"calls", "input", "output", "cost", "took"} {
		group = append(group, bson.E{Key: field, Value: bson.D{{Key: "$sum", Value: "$" + field}}})
	}
	pipeline := mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "day", Value: bson.D{{Key: "$gte", Value: first}, {Key: "$lte", Value: last}}},
			{Key: "user_id", Value: bson.D{{Key: "$ne", Value: ref("")}}}}}},
		{{Key: "$group", Value: group}},
	}
	if after.UserID != "" {
		pipeline = append(pipeline, bson.D{{Key: "$match", Value: bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "tokens", Value: bson.D{{Key: "$lt", Value: after.Tokens}}}},
			bson.D{{Key: "tokens", Value: after.Tokens}, {Key: "_id", Value: bson.D{{Key: "$gt", Value: ref(after.UserID)}}}},
		}}}}})
	}
	pipeline = append(pipeline, bson.D{{Key: "$sort", Value: bson.D{{Key: "tokens", Value: -1}, {Key: "_id", Value: 1}}}}, bson.D{{Key: "$limit", Value: limit}})
	cursor, err := s.pluginUsage.Aggregate(ctx, pipeline, options.Aggregate().SetHint(bson.D{{Key: "day", Value: 1}, {Key: "user_id", Value: 1}}))
	if err != nil {
		return nil, translate(err)
	}
	var docs []usedDoc
	if err := cursor.All(ctx, &docs); err != nil {
		return nil, translate(err)
	}
	return convert(docs, func(d usedDoc) plugins.PersonUsage {
		return plugins.PersonUsage{UserID: string(d.ID), Usage: d.Usage, Today: d.Today}
	}), nil
}

// SetPersonBudget writes one document.
func (s *Store) SetPersonBudget(ctx context.Context, userID string, tokens int64) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.pluginBudgets.ReplaceOne(ctx, bson.D{{Key: "_id", Value: ref(userID)}}, budgetDoc{ref(userID), tokens}, options.Replace().SetUpsert(true))
	return translate(err)
}

// DropPersonBudget removes one document.
func (s *Store) DropPersonBudget(ctx context.Context, userID string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.pluginBudgets.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(userID)}})
	return translate(err)
}

// PersonBudgets finds by _id.
func (s *Store) PersonBudgets(ctx context.Context, userIDs []string) (map[string]int64, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[budgetDoc](ctx, s.pluginBudgets, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(userIDs)}}}})
	budgets := make(map[string]int64, len(docs))
	for _, d := range docs {
		budgets[string(d.ID)] = d.Tokens
	}
	return budgets, err
}
