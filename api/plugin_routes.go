package api

import (
	"github.com/danielgtaylor/huma/v2"
)

// pluginRoutes lists the routes of the workbench.
func (d *door) pluginRoutes() {
	l := d.Limits
	write, ask := perPerson(l.Post), perPerson(l.Ask)
	add(d, "GET /api/plugins/user", members, d.listPlugins, "One's own plugins, the one that was changed last first")
	add(d, "POST /api/plugins/user", members, d.savePlugin, "Save a plugin by its name: a new one, or the data of one's own", write, fails(409))
	add(d, "GET /api/plugins/shared", members, d.listSharedPlugins, "Plugins that are shared with everyone, by name")
	add(d, "GET /api/plugins/templates", members, d.listTemplates, "What a plugin may begin with")
	add(d, "GET /api/plugins/usage", members, d.pluginUsage, "What one has used models for")
	add(d, "GET /api/admin/plugins/usage", admins, d.pluginUsageOfAll, "What everyone has used models for")
	add(d, "POST /api/plugins", members, d.createPlugin, "Make a plugin", created, write, fails(409))
	add(d, "GET /api/plugins/{id}", members, d.getPlugin, "A plugin")
	add(d, "PUT /api/plugins/{id}", members, d.changePlugin, "Rename or share a plugin, or change its data", write, fails(409))
	add(d, "DELETE /api/plugins/{id}", members, d.deletePlugin, "Delete a plugin with all that belongs to it")
	add(d, "POST /api/plugins/{id}/copy", members, d.copyPlugin, "Make a plugin of one's own with the files of another", created, write, fails(409))
	add(d, "GET /api/plugins/{id}/files", members, d.listPluginFiles, "The files of a version")
	add(d, "PUT /api/plugins/{id}/files", members, d.writePluginFiles, "Write and delete files: a new version", upload(maxFilesBody), write, fails(409))
	add(d, "PUT /api/plugins/{id}/locks", members, d.lockPluginFile, "Keep a file from being changed by answers, or give it back to them", write, fails(409))
	add(d, "GET /api/plugins/{id}/versions", members, d.listPluginVersions, "The versions of a plugin")
	add(d, "GET /api/plugins/{id}/versions/{version}", members, d.getPluginVersion, "A version and what became of compiling it")
	add(d, "POST /api/plugins/{id}/versions/{version}/rollback", members, d.rollBackPlugin, "Make a new version with the files of an old one", created, write, fails(409))
	add(d, "GET /api/plugins/{id}/diff", members, d.diffPlugin, "How two versions differ")
	add(d, "GET /api/plugins/{id}/conversations", members, d.listTalks, "One's conversations about a plugin")
	add(d, "DELETE /api/plugins/{id}/conversations/{conversationId}", members, d.deleteTalk, "Delete a conversation; an answer under way in it is stopped, versions stay", fails(409))
	writing[improveRequest, improveReply](d, "POST /api/plugins/improve", members, d.improveWish, "Say more clearly what is wanted, before it is asked", ask, fails(404, 409))
	add(d, "POST /api/plugins/{id}/estimate", members, d.estimateAnswer, "About what an answer will cost", perPerson(l.React))
	add(d, "POST /api/plugins/{id}/messages", members, d.askPlugin, "Ask about a plugin; the answer comes by itself", created, ask, fails(409))
	add(d, "GET /api/plugins/{id}/messages/{messageId}", members, d.getExchange, "A question and its answer")
	plain[none, string](d, "GET /api/plugins/{id}/messages/{messageId}/stream", members, d.streamExchange, "An answer, as it comes")
	add(d, "POST /api/plugins/{id}/messages/{messageId}/stop", members, d.stopExchange, "Stop an answer")

	writing[chatSendRequest, chatSendReply](d, "POST /api/chat/send", members, d.chatSend, "Ask about a plugin, and wait for the answer", ask, fails(404, 409))
	add(d, "GET /api/chat/history", members, d.chatHistory, "What was said in a conversation", fails(400, 404))
	plain[none, string](d, "GET /api/download/{pluginName}", members, d.downloadPlugin, "A plugin as a ZIP")
	if d.PublicGenerate {
		writing[generateRequest, notice](d, "POST /api/generate", public, d.generatePlugin, "What a plugin would look like", perClient(l.Generate))
	} else {
		writing[generateRequest, notice](d, "POST /api/generate", members, d.generatePlugin, "What a plugin would look like", perPerson(l.Generate))
	}
}

// documentPlugins completes what plain handlers of the workbench say of themselves.
func documentPlugins(o *huma.OpenAPI) {
	stream := map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}
	step := o.Paths["/api/plugins/{id}/messages/{messageId}/stream"].Get
	step.Responses["200"].Content, step.Description = stream, answerAbout
	step.Parameters = []*huma.Param{
		textParam("path", "id", "The plugin's id"),
		textParam("path", "messageId", "The _id of the message that is answered"),
		textParam("query", "after", "The id of the last event seen"),
		textParam("header", "Last-Event-ID", "As after; browsers send it"),
	}
	o.Paths["/api/plugins/improve"].Post.Description = improveAbout
	send := o.Paths["/api/chat/send"].Post
	send.Responses["200"].Content["text/event-stream"] = stream["text/event-stream"]
	send.Description = "With Accept: text/event-stream the answer comes as a stream. " + answerAbout
	download := o.Paths["/api/download/{pluginName}"].Get
	download.Responses["200"].Content = map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	download.Parameters = []*huma.Param{textParam("path", "pluginName", "A plugin of one's own, or one that is shared")}
}
