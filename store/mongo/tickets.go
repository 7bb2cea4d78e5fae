package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// ticketDoc is a ticket, in Better Auth's collection "verification" and with its names. The id is "<purpose>:<hash>", which
// makes the two unique together and leaves Better Auth's own rows, whose ids are ObjectIDs, unknown to every purpose.
type ticketDoc struct {
	ID      string             `bson:"_id"`
	Purpose string             `bson:"identifier"`
	Hash    string             `bson:"hash"`
	Data    string             `bson:"value"`
	UserID  ref                `bson:"userId"`
	Email   string             `bson:"email"`
	Tries   int                `bson:"tries"`
	Serial  primitive.ObjectID `bson:"serial"` // rises with each ticket that this process stores

	CreatedAt date `bson:"createdAt"`
	UpdatedAt date `bson:"updatedAt"`
	ExpiresAt date `bson:"expiresAt"`
}

func newTicketDoc(t accounts.Ticket) ticketDoc {
	return ticketDoc{
		ID: ticketID(t.Purpose, t.Hash), Purpose: string(t.Purpose), Hash: t.Hash, Data: t.Data, UserID: ref(t.UserID),
		Email: t.Email, Tries: t.Tries, Serial: primitive.NewObjectID(), CreatedAt: date(t.CreatedAt),
		UpdatedAt: date(t.CreatedAt), ExpiresAt: date(t.ExpiresAt),
	}
}

func (d ticketDoc) ticket() accounts.Ticket {
	return accounts.Ticket{
		Purpose: accounts.Purpose(d.Purpose), Hash: d.Hash, UserID: string(d.UserID), Email: d.Email, Data: d.Data,
		Tries: d.Tries, CreatedAt: d.CreatedAt.time(), ExpiresAt: d.ExpiresAt.time(),
	}
}

func ticketID(p accounts.Purpose, hash string) string { return string(p) + ":" + hash }

// ticketOf finds a ticket at any time, goodTicket one that is not past its end.
func ticketOf(p accounts.Purpose, hash string) bson.D {
	return bson.D{{Key: "_id", Value: ticketID(p, hash)}}
}

func goodTicket(p accounts.Purpose, hash string, now time.Time) bson.D {
	return append(ticketOf(p, hash), bson.E{Key: "expiresAt", Value: bson.D{{Key: "$gt", Value: date(now)}}})
}

// CreateTicket stores a ticket; the id decides.
func (s *Store) CreateTicket(ctx context.Context, t accounts.Ticket) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.tickets.InsertOne(ctx, newTicketDoc(t))
	return orTaken(err, accounts.ErrTicketExists)
}

// ReplaceTickets stores the new ticket before it removes the others, so that a crash between leaves too many and never
// none. The others are those that were there before, and those that other calls stored meanwhile and before this one: of
// several calls at once the last one's ticket stays.
func (s *Store) ReplaceTickets(ctx context.Context, t accounts.Ticket) error {
	ctx, done := limited(ctx)
	defer done()
	if t.UserID == "" { // nobody's have nothing to do with each other
		return s.CreateTicket(ctx, t)
	}
	siblings := ticketsOf(t.Purpose, t.UserID)
	former, err := all[ticketDoc](ctx, s.tickets, siblings, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	doc := newTicketDoc(t)
	if err := s.putTicket(ctx, doc); err != nil {
		return err
	}
	ids := bson.A{}
	for _, f := range former {
		if f.ID != doc.ID {
			ids = append(ids, f.ID)
		}
	}
	if _, err := s.tickets.DeleteMany(ctx, append(siblings, bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}})); err != nil {
		return translate(err)
	}
	// A call that took its serial before this one may store its ticket after it, and one that took it later may have stored
	// it already: each that ends leaves the highest it can see.
	last, err := one[ticketDoc](ctx, s.tickets, siblings, options.FindOne().SetSort(bson.D{{Key: "serial", Value: -1}}))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil // taken meanwhile
	} else if err != nil {
		return translate(err)
	}
	_, err = s.tickets.DeleteMany(ctx, append(siblings, bson.E{Key: "serial", Value: bson.D{{Key: "$lt", Value: last.Serial}}}))
	return translate(err)
}

// putTicket stores a ticket in place of the person's own with the same id, if there is one. Somebody else's stays.
func (s *Store) putTicket(ctx context.Context, doc ticketDoc) error {
	own := bson.D{{Key: "_id", Value: doc.ID}, {Key: "userId", Value: doc.UserID}}
	for range 3 { // another call may store the ticket between the server's look and its insert
		_, err := s.tickets.ReplaceOne(ctx, own, doc, options.Replace().SetUpsert(true))
		if !mongo.IsDuplicateKeyError(err) {
			return translate(err)
		}
	}
	return accounts.ErrTicketExists
}

func ticketsOf(p accounts.Purpose, userID string) bson.D {
	return bson.D{{Key: "userId", Value: ref(userID)}, {Key: "identifier", Value: p}}
}

// Ticket returns a ticket that is not past its end.
func (s *Store) Ticket(ctx context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[ticketDoc](ctx, s.tickets, goodTicket(p, hash, now))
	return foundTicket(doc, err)
}

func foundTicket(doc ticketDoc, err error) (accounts.Ticket, error) {
	if err != nil {
		return accounts.Ticket{}, orMissing(err, accounts.ErrTicketNotFound)
	}
	return doc.ticket(), nil
}

// TakeTicket finds and deletes in one step, so one call gets it.
func (s *Store) TakeTicket(ctx context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error) {
	ctx, done := limited(ctx)
	defer done()
	return foundTicket(decode[ticketDoc](s.tickets.FindOneAndDelete(ctx, goodTicket(p, hash, now))))
}

var oneTry = bson.D{{Key: "$inc", Value: bson.D{{Key: "tries", Value: 1}}}}

// TryTicket compares and counts in one step.
func (s *Store) TryTicket(ctx context.Context, p accounts.Purpose, hash string, limit int, now time.Time) (accounts.Ticket, error) {
	ctx, done := limited(ctx)
	defer done()
	filter := append(goodTicket(p, hash, now), bson.E{Key: "tries", Value: bson.D{{Key: "$lt", Value: limit}}})
	return foundTicket(decode[ticketDoc](s.tickets.FindOneAndUpdate(ctx, filter, oneTry, after)))
}

// CountTicket counts on a ticket that is good at t.CreatedAt, else stores one, else takes over the one past its end. Where
// none of the three finds its place another call has just been faster, and the first will.
func (s *Store) CountTicket(ctx context.Context, t accounts.Ticket) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	t.Tries = 1
	good := goodTicket(t.Purpose, t.Hash, t.CreatedAt)
	for {
		doc, err := decode[ticketDoc](s.tickets.FindOneAndUpdate(ctx, good, oneTry, after))
		if err != mongo.ErrNoDocuments {
			return doc.Tries, translate(err)
		}
		first := newTicketDoc(t)
		if _, err = s.tickets.InsertOne(ctx, first); !mongo.IsDuplicateKeyError(err) {
			return 1, translate(err)
		}
		past := append(ticketOf(t.Purpose, t.Hash), bson.E{Key: "expiresAt", Value: bson.D{{Key: "$lte", Value: date(t.CreatedAt)}}})
		result, err := s.tickets.ReplaceOne(ctx, past, first)
		if err != nil || result.MatchedCount == 1 {
			return 1, translate(err)
		}
	}
}

// ReturnTry takes a try back. A ticket that is gone needs none.
func (s *Store) ReturnTry(ctx context.Context, p accounts.Purpose, hash string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.tickets.UpdateOne(ctx,
		append(ticketOf(p, hash), bson.E{Key: "tries", Value: bson.D{{Key: "$gt", Value: 0}}}),
		bson.D{{Key: "$inc", Value: bson.D{{Key: "tries", Value: -1}}}})
	return translate(err)
}

// DeleteTickets removes a person's tickets of a purpose. Nobody's are not those of one person.
func (s *Store) DeleteTickets(ctx context.Context, p accounts.Purpose, userID string) error {
	if userID == "" {
		return nil
	}
	ctx, done := limited(ctx)
	defer done()
	_, err := s.tickets.DeleteMany(ctx, ticketsOf(p, userID))
	return translate(err)
}

// DeleteExpiredTickets removes what is past its end, Better Auth's rows too.
func (s *Store) DeleteExpiredTickets(ctx context.Context, now time.Time) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.tickets.DeleteMany(ctx, bson.D{{Key: "expiresAt", Value: bson.D{{Key: "$lte", Value: date(now)}}}})
	if err != nil {
		return 0, translate(err)
	}
	return int(result.DeletedCount), nil
}
