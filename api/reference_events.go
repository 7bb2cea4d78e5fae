package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// eventShape is an event of the stream as the document has it.
type eventShape struct {
	name, about string
	payload     reflect.Type
}

// toldOnly is the payload of events that say something of the stream itself.
type toldOnly struct {
	Message string `json:"message"`
}

func shape[T any](name, about string) eventShape {
	return eventShape{name, about, reflect.TypeFor[T]()}
}

var eventShapes = []eventShape{
	shape[toldOnly]("connected", "The stream stands. Always the first event, with the id from which it goes on."),
	shape[toldOnly]("reset", "What was missed cannot be told any more: read everything again, then go on."),
	shape[toldOnly]("signed_out", "The session or token is over; the stream ends. Do not come back with it."),
	shape[toldOnly]("replaced", "A person holds at most 20 streams and another one was opened; this one ends. Do not come back at once."),
	shape[messageEvent]("new_message", "A message or a reply was posted in a channel that one is in."),
	shape[messageEvent]("message_updated", "A message has another text, was pinned or unpinned, or its previews have come."),
	shape[messageGone]("message_deleted", "A message was deleted."),
	shape[messagesGone]("messages_removed", "Messages of a channel were removed because of their age."),
	shape[reactionEvent]("reaction_added", "Somebody reacted. reactions are all that the message has now."),
	shape[reactionEvent]("reaction_removed", "Somebody took a reaction back. reactions are all that are left."),
	shape[threadEvent]("thread_updated", "A thread has another reply. It comes once for the channel, and once more with following and unread to each follower."),
	shape[channelChanged]("channel_updated", "A channel was changed or archived. On a stream narrowed by channel it also says that another channel has something "+
		"new, then with channelId, seq, userId and last_message_at."),
	shape[membership]("joined_channel", "Somebody joined a channel. With type, dm_channel_id and users where a direct conversation comes into one's list."),
	shape[membership]("left_channel", "Somebody left a channel or was removed."),
	shape[membership]("conversation_hidden", "One took a conversation out of one's list, in this or another window."),
	shape[typingEvent]("typing", "Somebody writes, or has stopped. It holds for 6 seconds."),
	shape[presenceEvent]("presence", "People came or went, gathered over a moment."),
	shape[readEvent]("read", "One has read a channel up to last_read_seq, in this or another window."),
	shape[notificationEvent]("notification", "One is to be told of a message: a mention, a direct message, a reply or a keyword."),
	shape[answerEndedEvent]("answer_ended", "An answer of the workbench has ended, and who asked for it has not looked at it within 5 seconds."),
	shape[emojiEvent]("emoji_changed", "An emoji of the workspace came or went."),
	shape[announcementEvent]("announcement_changed", "Another announcement stands at the top of every page, or none where it is left out."),
	shape[pluginEvent]("plugin_updated", "A plugin of one's own has changed. Of a plugin in a channel it comes with channelId, installId, pluginId, state and removed."),
}

// describeEvents gives the stream the shapes of its events.
func describeEvents(o *huma.OpenAPI) {
	shapes := map[string]any{}
	for _, e := range eventShapes {
		shapes[e.name] = map[string]any{"description": e.about, "schema": o.Components.Schemas.Schema(e.payload, true, "")}
	}
	stream := o.Paths[streamPath].Get
	stream.Extensions["x-events"] = shapes
	stream.Responses["200"].Content["text/event-stream"].Example = "retry: 3000\n\nid: 7f3a.0\nevent: connected\ndata: {\"message\":\"Connected to server\"}\n\n"
}
