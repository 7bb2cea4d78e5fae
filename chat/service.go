package chat

import (
	"context"
	"sync/atomic"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/queue"
)

// Options are the parts that a Service is made of.
type Options struct {
	Store  Store
	Events Publisher
	Now    func() time.Time
	// Render turns what a person wrote into safe HTML. It marks the names behind an @ that mentioned reports to be
	// mentions, as <span class="mention" data-mention="name">; where mentioned is nil, none.
	Render func(source string, mentioned func(name string) bool) string
	// Names returns the names for which Render may ask, in lower case and each once.
	Names func(source string) []string
	// RenderLine is Render for a single line, in which nobody is mentioned.
	RenderLine func(source string) string
	// Renderer is the version of Render, kept with what it made.
	Renderer int
	// User returns a person by id.
	User func(ctx context.Context, userID string) (accounts.User, error)
	// Users returns those people of the ids that there are, in any order.
	Users func(ctx context.Context, userIDs []string) ([]accounts.User, error)
	// Level is of which messages people are told who have chosen nothing, LevelMentions where it is empty.
	Level Level
	// Told takes what people are told, for those who are away, one message after the other. nil where nothing is done about
	// them.
	Told func(context.Context, Told)
	// Posted takes every new message once it is stored. It must not block. nil where nobody waits for messages.
	Posted func(context.Context, Posted)
	// Record writes to the audit log what somebody did who keeps order. It may be nil.
	Record func(ctx context.Context, e accounts.Event)
	// Connected reports whether a person holds an open stream.
	Connected func(userID string) bool
	// Previewer looks at links; nil leaves them alone.
	Previewer *Previewer
	// UserNamed returns a person by their username.
	UserNamed func(ctx context.Context, username string) (accounts.User, error)
	// ChangeProfile applies a person's change to themselves.
	ChangeProfile func(ctx context.Context, userID string, p accounts.ProfileChange) (accounts.User, error)
	// EndStatus clears a person's status whose time is over.
	EndStatus func(ctx context.Context, userID string) error
	// Jobs keeps what is done later.
	Jobs queue.Store
	// Embedder brings texts to what they mean; nil leaves searches to words alone.
	Embedder *Embedder
	// Pictures keeps the pictures of the workspace's own emoji.
	Pictures EmojiPictures
	// Policy returns what admins decided for everyone; nil where they decided nothing.
	Policy func(ctx context.Context) (accounts.Policy, error)
	// ActedHere tells other servers what Acted was told here, for their ActedElsewhere, and that there are some. Nil where there are
	// none. It must not block.
	ActedHere func(userID string, here bool)
	// Installed are where the commands come from that channels have beside the built-in ones. Of two with one name that of the
	// earlier source counts.
	Installed []Commands
}

// Commands returns commands of one channel, in one read.
type Commands func(ctx context.Context, channelID string) ([]Command, error)

// Service holds the rules of conversations. It is safe for concurrent use.
type Service struct {
	store       Store
	events      Publisher
	now         func() time.Time
	renderer    int
	names       func(string) []string
	user        func(context.Context, string) (accounts.User, error)
	users       func(context.Context, []string) ([]accounts.User, error)
	record      func(context.Context, accounts.Event)
	typing      typing
	presence    *presence
	turns       turns
	recount     recount
	level       Level
	told        func(context.Context, Told)
	posted      func(context.Context, Posted)
	notices     chan notice
	previewer   *Previewer
	unseen      chan string   // messages whose links wait to be looked at
	removals    chan struct{} // holds a token while files are due for removal
	noticesLost atomic.Int64

	customs  *accounts.Kept[*EmojiSet]
	embedder *Embedder
	pictures EmojiPictures
	policy   func(context.Context) (accounts.Policy, error)

	banner      *accounts.Setting[Banner]
	bannerShown atomic.Pointer[bannerText]
	retention   *accounts.Setting[Retention]
	renderLine  func(string) string

	renderMentions func(string, func(string) bool) string
	jobs           queue.Store
	userNamed      func(context.Context, string) (accounts.User, error)
	changeProfile  func(context.Context, string, accounts.ProfileChange) (accounts.User, error)
	endStatus      func(context.Context, string) error
	installed      []Commands
	actedHere      func(string, bool) // nil where there is no other server
}

// NewService returns a Service. Every part of o but Installed, Posted, Record, Level and Told must be set.
func NewService(o Options) *Service {
	if o.Record == nil {
		o.Record = func(context.Context, accounts.Event) {}
	}
	if o.Policy == nil {
		o.Policy = func(context.Context) (accounts.Policy, error) { return accounts.Policy{}, nil }
	}
	return &Service{
		customs:  accounts.NewKept[*EmojiSet](emojiLife, o.Now),
		embedder: o.Embedder, pictures: o.Pictures, policy: o.Policy,
		store: o.Store, events: o.Events, now: o.Now, renderer: o.Renderer, names: o.Names, user: o.User, users: o.Users,
		record: o.Record,
		banner: accounts.NewSetting[Banner](o.Store, bannerSetting, o.Now), renderLine: o.RenderLine,
		retention:      accounts.NewSetting[Retention](o.Store, retentionSetting, o.Now),
		renderMentions: o.Render, jobs: o.Jobs, userNamed: o.UserNamed, changeProfile: o.ChangeProfile, endStatus: o.EndStatus, installed: o.Installed,
		level: o.Level.or(LevelMentions), told: o.Told, posted: o.Posted, notices: make(chan notice, maxNotices),
		actedHere: o.ActedHere,
		typing:    newTyping(), presence: newPresence(o.Connected), removals: make(chan struct{}, 1),
		previewer: o.Previewer, unseen: make(chan string, previewRoom),
	}
}

var (
	errChannel = fault.New(fault.NotFound, "CHANNEL_NOT_FOUND", "This channel does not exist, or you are not in it.")
	errOutside = fault.New(fault.Forbidden, "NOT_A_MEMBER", "You are not a member of this channel.")
	errMessage = fault.New(fault.NotFound, "MESSAGE_NOT_FOUND", "This message does not exist, or you may not see it.")
)

// member finds a channel through the actor's place in it. To someone outside, a private channel is not there; a public
// one is, and forbidden.
func (s *Service) member(ctx context.Context, actor accounts.User, channelID string) (Channel, Member, error) {
	c, m, err := s.store.Membership(ctx, channelID, actor.ID)
	if !fault.Is(err, fault.NotFound) {
		return c, m, err
	}
	c, err = s.store.Channel(ctx, channelID)
	if fault.Is(err, fault.NotFound) {
		return Channel{}, Member{}, errChannel
	}
	if err != nil {
		return Channel{}, Member{}, err
	}
	if c.Type != Public || c.Archived {
		return Channel{}, Member{}, errChannel
	}
	return Channel{}, Member{}, errOutside
}

// manager is member for those who may change the channel: its admins, and admins of the workspace who are in it.
func (s *Service) manager(ctx context.Context, actor accounts.User, channelID string) (Channel, Member, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err == nil && c.IsDirect() {
		err = errDirect
	} else if err == nil && !MayManage(actor, m) {
		err = fault.New(fault.Forbidden, "FORBIDDEN", "Only admins of the channel may do this.")
	}
	return c, m, err
}

// MayManage reports whether a member may change their channel and who is in it. Nobody may in a conversation.
func MayManage(actor accounts.User, m Member) bool {
	return m.Role == RoleAdmin || m.Role != RolePeer && actor.IsAdmin()
}

// KeepsOrder reports whether a member may delete the messages of others in their channel, mute them and remove them.
func KeepsOrder(actor accounts.User, m Member) bool {
	return MayManage(actor, m) || m.Role != RolePeer && actor.Role == accounts.RoleModerator
}

// Topics returns what a person's stream may receive.
func (s *Service) Topics(ctx context.Context, userID string) ([]string, error) {
	ids, err := s.store.JoinedChannelIDs(ctx, userID)
	if err != nil {
		return nil, err
	}
	topics := make([]string, 0, len(ids)+2)
	topics = append(topics, workspaceTopic, userTopic(userID))
	if u, err := s.user(ctx, userID); err == nil && MayJudge(u) {
		topics = append(topics, keepersTopic)
	}
	for _, channelID := range ids {
		topics = append(topics, channelTopic(channelID))
	}
	return topics, nil
}

// Statistics are the counts of a workspace's conversations.
type Statistics struct {
	Channels int
	Messages int64
}

// Count returns how many channels and messages there are.
func (s *Service) Count(ctx context.Context) (Statistics, error) {
	channels, err := s.store.CountChannels(ctx)
	if err != nil {
		return Statistics{}, err
	}
	messages, err := s.store.CountMessages(ctx)
	return Statistics{Channels: channels, Messages: messages}, err
}
