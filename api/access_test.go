package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/plugins"
	"pegasus/sessions"
	"pegasus/web"
)

// scene is who is who around a private channel.
type scene struct {
	*world
	anon, outsider, member, former, keeper, admin *actor

	channel chat.Channel   // private; member and keeper are in it, former was
	direct  chat.Channel   // of member and keeper
	message chat.Message   // of member
	plugin  plugins.Plugin // of keeper, shared

	installed string // the id of an install of plugin in channel

	file string // the key of one of another message of member

	made  plugins.Plugin   // of member, not shared
	asked plugins.Exchange // about it
}

func newScene(t *testing.T) *scene {
	w := newWorld(t)
	s := &scene{
		world: w, anon: &actor{name: "anon"}, outsider: w.join("outsider"), member: w.join("member"), former: w.join("former"),
		keeper: w.join("keeper"), admin: w.admin("boss"),
	}
	s.plugin = s.BuiltPlugin(t, s.keeper.User, "dice",
		`{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll"}],"triggers":{"webhook":true},"permissions":["webhook"]}`, "exports.default = {};")
	shared := true
	_, err := s.Plugins.SavePlugin(t.Context(), s.keeper.User, s.plugin.ID, plugins.PluginChange{Shared: &shared})
	must(t, err)
	return s
}

// installHere has the plugin of the scene work in its channel.
func (s *scene) installHere() {
	s.t.Helper()
	i, err := s.Plugins.Install(s.t.Context(), s.keeper.User, s.plugin.ID, s.channel.ID, plugins.Wish{Grant: plugins.Grant{Permissions: []string{"webhook"}}})
	must(s.t, err)
	s.installed = i.ID
}

func (s *scene) actors() []*actor {
	return []*actor{s.anon, s.outsider, s.member, s.former, s.keeper, s.admin}
}

// set puts a new channel and message on the scene.
func (s *scene) set(name string) {
	s.t.Helper()
	ctx := s.t.Context()
	c, err := s.chat.CreateChannel(ctx, s.keeper.User, chat.NewChannel{Name: name, Type: chat.Private})
	must(s.t, err)
	must(s.t, s.chat.AddMember(ctx, s.keeper.User, c.ID, s.member.ID))
	must(s.t, s.chat.AddMember(ctx, s.keeper.User, c.ID, s.former.ID))
	must(s.t, s.chat.RemoveMember(ctx, s.keeper.User, c.ID, s.former.ID))
	s.channel = c
	s.direct, _, err = s.chat.DirectChannel(ctx, s.keeper.User, s.member.ID)
	must(s.t, err)
	s.message, err = s.chat.PostMessage(ctx, s.member.User, c.ID, chat.Draft{Content: "canary-text"})
	must(s.t, err)
}

// attach puts a message with a file on the scene.
func (s *scene) attach() {
	s.t.Helper()
	file, err := s.Files.Receive(s.t.Context(), s.member.User, "canary.txt", strings.NewReader("canary-text"))
	must(s.t, err)
	_, err = s.chat.PostMessage(s.t.Context(), s.member.User, s.channel.ID, chat.Draft{Attachments: []chat.AttachmentRef{{ID: file.ID}}})
	must(s.t, err)
	s.file = file.Key
}

// cell is one row of the table: what each actor gets, in the order anon, outsider, member, former, keeper, admin.
// {H} stands for a webhook of the private channel. {P}, {M} and {F} stand for the private channel, the message in it and a file in it, {A}, {B} and {K} for member, outsider
// and keeper, {D} for the conversation of member and keeper. {G} is a plugin of member's and {L} its name, {C} and {Y} what was
// asked about it.
type cell struct {
	path, body string
	want       [6]int
}

// soon is a moment for what waits.
var soon = time.Now().Add(time.Hour).UTC().Format(time.RFC3339)

var (
	missing     = [6]int{401, 404, 404, 404, 404, 404}
	everyone    = [6]int{200, 200, 200, 200, 200, 200}
	signedIn    = [6]int{401, 200, 200, 200, 200, 200}
	bosses      = [6]int{401, 403, 403, 403, 403, 200}
	refusedCode = [6]int{401, 400, 400, 400, 400, 400}
	insiders    = [6]int{401, 404, 200, 404, 200, 404}
	mine        = [6]int{401, 404, 200, 404, 404, 404}
	keepers     = [6]int{401, 404, 403, 404, 200, 404}
	overseers   = [6]int{401, 404, 403, 404, 200, 200}
)

var table = map[string]cell{
	"GET /api/metrics/health":                  {"/api/metrics/health", "", everyone},
	"GET /api/metrics/system":                  {"/api/metrics/system", "", signedIn},
	"GET /api/metrics/alarms":                  {"/api/metrics/alarms", "", signedIn},
	"GET /api/metrics/alarms/history":          {"/api/metrics/alarms/history", "", signedIn},
	"GET /api/metrics/costs":                   {"/api/metrics/costs", "", bosses},
	"GET /api/metrics/security":                {"/api/metrics/security", "", bosses},
	"GET /api/metrics/timeseries/{metricType}": {"/api/metrics/timeseries/cpu", "", signedIn},
	"GET /api/auth/status":                     {"/api/auth/status", "", everyone},
	"GET /api/auth/session":                    {"/api/auth/session", "", everyone},
	"POST /api/auth/register":                  {"/api/auth/register", `{"name":"New","email":"{N}@c.test","password":"correct horse battery"}`, [6]int{201, 201, 201, 201, 201, 201}},
	"GET /api/auth/me":                         {"/api/auth/me", "", signedIn},
	"POST /api/auth/logout":                    {"/api/auth/logout", "", signedIn},

	"POST /api/auth/verify-email":        {"/api/auth/verify-email", `{"token":"none"}`, [6]int{400, 400, 400, 400, 400, 400}},
	"POST /api/auth/resend-verification": {"/api/auth/resend-verification", `{"email":"nobody@example.test"}`, everyone},
	"POST /api/auth/update-profile":      {"/api/auth/update-profile", `{"displayName":"Shown"}`, signedIn},

	"POST /api/2fa/setup":                   {"/api/2fa/setup", `{"password":"correct horse battery"}`, signedIn},
	"POST /api/2fa/verify-setup":            {"/api/2fa/verify-setup", `{"code":"000000"}`, refusedCode},
	"POST /api/2fa/disable":                 {"/api/2fa/disable", `{"password":"correct horse battery","code":"000000"}`, refusedCode},
	"GET /api/2fa/status":                   {"/api/2fa/status", "", signedIn},
	"POST /api/2fa/regenerate-backup-codes": {"/api/2fa/regenerate-backup-codes", `{"code":"000000"}`, refusedCode},

	"POST /api/users/me/avatar":          {"/api/users/me/avatar", `{"avatar_url":"https://pictures.test/ada.png"}`, signedIn},
	"DELETE /api/users/me/avatar":        {"/api/users/me/avatar", "", signedIn},
	"GET /api/users/me/notifications":    {"/api/users/me/notifications", "", signedIn},
	"PUT /api/users/me/notifications":    {"/api/users/me/notifications", `{"new_device":false}`, signedIn},
	"PUT /api/users/me/profile":          {"/api/users/me/profile", `{"values":{"title":"Engineer"}}`, signedIn},
	"GET /api/users/{id}/profile":        {"/api/users/{A}/profile", "", signedIn},
	"GET /api/users/profile-fields":      {"/api/users/profile-fields", "", signedIn},
	"GET /api/users/me/sessions":         {"/api/users/me/sessions", "", signedIn},
	"DELETE /api/users/me/sessions":      {"/api/users/me/sessions", "", signedIn},
	"DELETE /api/users/me/sessions/{id}": {"/api/users/me/sessions/{P}", "", [6]int{401, 404, 404, 404, 404, 404}},
	"GET /api/users/me/tokens":           {"/api/users/me/tokens", "", signedIn},
	"POST /api/users/me/tokens":          {"/api/users/me/tokens", `{"name":"script","scopes":["read"]}`, [6]int{401, 201, 201, 201, 201, 201}},
	"DELETE /api/users/me/tokens/{id}":   {"/api/users/me/tokens/{P}", "", [6]int{401, 404, 404, 404, 404, 404}},
	"GET /api/users/me/events":           {"/api/users/me/events", "", signedIn},
	"POST /api/users/me/export":          {"/api/users/me/export", "", signedIn},

	"GET /api/admin/invitations":               {"/api/admin/invitations", "", bosses},
	"POST /api/admin/invitations":              {"/api/admin/invitations", `{}`, [6]int{401, 403, 403, 403, 403, 201}},
	"DELETE /api/admin/invitations/{id}":       {"/api/admin/invitations/{P}", "", [6]int{401, 403, 403, 403, 403, 404}},
	"POST /api/admin/users/{id}/reset-link":    {"/api/admin/users/{A}/reset-link", "", [6]int{401, 403, 403, 403, 403, 201}},
	"GET /api/admin/usage":                     {"/api/admin/usage", "", bosses},
	"GET /api/admin/budgets":                   {"/api/admin/budgets", "", bosses},
	"PUT /api/admin/budgets/{role}":            {"/api/admin/budgets/user", `{"budget":1000}`, bosses},
	"PUT /api/admin/users/{id}/budget":         {"/api/admin/users/{A}/budget", `{"budget":1000}`, bosses},
	"DELETE /api/admin/users/{id}/two-factor":  {"/api/admin/users/{P}/two-factor", "", [6]int{401, 403, 403, 403, 403, 404}},
	"POST /api/admin/profile-fields":           {"/api/admin/profile-fields", `{"name":"Field {N}","kind":"text"}`, [6]int{401, 403, 403, 403, 403, 201}},
	"PUT /api/admin/profile-fields/{id}":       {"/api/admin/profile-fields/title", `{"name":"Title","kind":"text"}`, bosses},
	"POST /api/admin/profile-fields/{id}/move": {"/api/admin/profile-fields/title/move", `{"up":true}`, bosses},
	"DELETE /api/admin/profile-fields/{id}":    {"/api/admin/profile-fields/pronouns", "", bosses},
	"GET /api/admin/policy":                    {"/api/admin/policy", "", bosses},
	"PUT /api/admin/policy":                    {"/api/admin/policy", `{"require_two_factor":false}`, bosses},
	"GET /api/admin/backups":                   {"/api/admin/backups", "", bosses},
	"POST /api/admin/backups":                  {"/api/admin/backups", "", bosses},
	"POST /api/admin/backups/{name}/verify":    {"/api/admin/backups/none/verify", "", [6]int{401, 403, 403, 403, 403, 404}},
	"GET /api/admin/events":                    {"/api/admin/events", "", bosses},

	"GET /api/admin/channels/{id}":                    {"/api/admin/channels/{P}", "", bosses},
	"POST /api/admin/channels/{id}/archive":           {"/api/admin/channels/{P}/archive", "", bosses},
	"POST /api/admin/channels/{id}/unarchive":         {"/api/admin/channels/{P}/unarchive", "", bosses},
	"PUT /api/admin/channels/{id}/owners/{userId}":    {"/api/admin/channels/{P}/owners/{A}", "", [6]int{401, 403, 403, 403, 403, 403}},
	"DELETE /api/admin/channels/{id}/owners/{userId}": {"/api/admin/channels/{P}/owners/{A}", "", [6]int{401, 403, 403, 403, 403, 403}},
	"GET /api/admin/installs":                         {"/api/admin/installs", "", bosses},
	"POST /api/admin/installs/{id}/approve":           {"/api/admin/installs/{I}/approve", "", [6]int{401, 403, 403, 403, 403, 409}},
	"POST /api/admin/installs/{id}/decline":           {"/api/admin/installs/{I}/decline", "", [6]int{401, 403, 403, 403, 403, 409}},
	"PUT /api/admin/installs/{id}/state":              {"/api/admin/installs/{I}/state", `{"state":"off"}`, bosses},

	"GET /api/users/me":         {"/api/users/me", "", signedIn},
	"PUT /api/users/me":         {"/api/users/me", `{"status":"busy"}`, signedIn},
	"GET /api/users":            {"/api/users", "", signedIn},
	"GET /api/users/search":     {"/api/users/search?query=name", "", signedIn},
	"GET /api/users/statistics": {"/api/users/statistics", "", bosses},

	"GET /api/chat/channels/{id}/plugins":  {"/api/chat/channels/{P}/plugins", "", insiders},
	"POST /api/chat/channels/{id}/plugins": {"/api/chat/channels/{P}/plugins", `{"plugin_id":"{X}"}`, [6]int{401, 404, 201, 404, 201, 404}},
	"GET /api/plugins/{pluginId}/installs": {"/api/plugins/{X}/installs", "", signedIn},
	"POST /api/plugins/{pluginId}/try":     {"/api/plugins/{X}/try", `{"text":"/roll"}`, signedIn},
	"GET /api/installs/{id}":               {"/api/installs/{I}", "", [6]int{401, 404, 200, 404, 200, 200}},
	"PUT /api/installs/{id}":               {"/api/installs/{I}", `{}`, insiders},
	"DELETE /api/installs/{id}":            {"/api/installs/{I}", "", keepers},
	"PUT /api/installs/{id}/settings":      {"/api/installs/{I}/settings", `{"settings":{}}`, keepers},
	"POST /api/installs/{id}/approve":      {"/api/installs/{I}/approve", "", [6]int{401, 404, 403, 404, 409, 404}},
	"POST /api/installs/{id}/decline":      {"/api/installs/{I}/decline", "", [6]int{401, 404, 403, 404, 409, 409}},
	"PUT /api/installs/{id}/granted":       {"/api/installs/{I}/granted", `{"granted":{"permissions":[],"hosts":[]}}`, overseers},
	"GET /api/installs/{id}/files":         {"/api/installs/{I}/files", "", overseers},
	"GET /api/installs/{id}/diff":          {"/api/installs/{I}/diff", "", [6]int{401, 404, 403, 404, 409, 409}},
	"PUT /api/installs/{id}/state":         {"/api/installs/{I}/state", `{"state":"off"}`, keepers},
	"POST /api/installs/{id}/take-over":    {"/api/installs/{I}/take-over", "", keepers},
	"POST /api/installs/{id}/webhook":      {"/api/installs/{I}/webhook", "", keepers},
	"GET /api/installs/{id}/runs":          {"/api/installs/{I}/runs", "", keepers},

	"GET /api/chat/channels":                            {"/api/chat/channels", "", signedIn},
	"POST /api/chat/channels":                           {"/api/chat/channels", `{"name":"new-{N}"}`, [6]int{401, 201, 201, 201, 201, 201}},
	"GET /api/chat/channels/all":                        {"/api/chat/channels/all", "", bosses},
	"GET /api/chat/channels/browse":                     {"/api/chat/channels/browse", "", signedIn},
	"GET /api/chat/channels/{id}":                       {"/api/chat/channels/{P}", "", insiders},
	"PUT /api/chat/channels/{id}":                       {"/api/chat/channels/{P}", `{"description":"x"}`, keepers},
	"POST /api/chat/channels/{id}/archive":              {"/api/chat/channels/{P}/archive", "", keepers},
	"POST /api/chat/channels/{id}/unarchive":            {"/api/chat/channels/{P}/unarchive", "", keepers},
	"GET /api/chat/reports":                             {"/api/chat/reports", "", bosses},
	"PUT /api/chat/messages/{id}/reports":               {"/api/chat/messages/{M}/reports", `{"action":"dismiss"}`, [6]int{401, 403, 403, 403, 403, 404}},
	"GET /api/chat/sidebar":                             {"/api/chat/sidebar", "", signedIn},
	"PUT /api/chat/sidebar":                             {"/api/chat/sidebar", `{"section":"Work","folded":true}`, signedIn},
	"PUT /api/chat/sidebar/section":                     {"/api/chat/sidebar/section", `{"section":"Work","name":"Boats"}`, signedIn},
	"PUT /api/chat/channels/{id}/section":               {"/api/chat/channels/{P}/section", `{"section":"Work"}`, insiders},
	"PUT /api/chat/channels/{id}/topic":                 {"/api/chat/channels/{P}/topic", `{"topic":"x"}`, insiders},
	"PUT /api/chat/channels/{id}/members/{userId}/mute": {"/api/chat/channels/{P}/members/{A}/mute", `{"minutes":5}`, keepers},
	"POST /api/chat/channels/{id}/join":                 {"/api/chat/channels/{P}/join", "", [6]int{401, 404, 400, 404, 400, 404}},
	"POST /api/chat/channels/{id}/members":              {"/api/chat/channels/{P}/members", `{"user_id":"{B}"}`, insiders},
	"PUT /api/chat/channels/{id}/members/{userId}":      {"/api/chat/channels/{P}/members/{A}", `{"role":"admin"}`, keepers},
	"DELETE /api/chat/channels/{id}/members/{userId}":   {"/api/chat/channels/{P}/members/{A}", "", insiders},
	"POST /api/chat/channels/{id}/read":                 {"/api/chat/channels/{P}/read", "", insiders},
	"GET /api/chat/channels/{id}/files":                 {"/api/chat/channels/{P}/files", "", insiders},
	"GET /api/chat/channels/{id}/typing":                {"/api/chat/channels/{P}/typing", "", insiders},
	"POST /api/chat/channels/{id}/typing":               {"/api/chat/channels/{P}/typing", `{"typing":true}`, insiders},
	"GET /api/chat/channels/{id}/messages":              {"/api/chat/channels/{P}/messages", "", insiders},
	"POST /api/chat/channels/{id}/messages/send":        {"/api/chat/channels/{P}/messages/send", `{"content":"hi"}`, [6]int{401, 404, 201, 404, 201, 404}},
	"GET /api/chat/messages/{id}":                       {"/api/chat/messages/{M}", "", insiders},
	"PUT /api/chat/messages/{id}":                       {"/api/chat/messages/{M}", `{"content":"other"}`, [6]int{401, 404, 200, 404, 404, 404}},
	"DELETE /api/chat/messages/{id}":                    {"/api/chat/messages/{M}", "", insiders},
	"GET /api/chat/messages/{id}/replies":               {"/api/chat/messages/{M}/replies", "", insiders},
	"POST /api/chat/messages/{id}/replies":              {"/api/chat/messages/{M}/replies", `{"content":"hi"}`, [6]int{401, 404, 201, 404, 201, 404}},
	"PUT /api/chat/messages/{id}/follow":                {"/api/chat/messages/{M}/follow", `{"following":true}`, insiders},
	"POST /api/chat/messages/{id}/thread/read":          {"/api/chat/messages/{M}/thread/read", "", insiders},
	"GET /api/chat/threads":                             {"/api/chat/threads", "", signedIn},
	"GET /api/chat/mentions":                            {"/api/chat/mentions", "", signedIn},
	"GET /api/chat/channels/{id}/mentionable":           {"/api/chat/channels/{P}/mentionable?query=m", "", insiders},
	"GET /api/chat/scheduled":                           {"/api/chat/scheduled", "", signedIn},
	"POST /api/chat/scheduled":                          {"/api/chat/scheduled", `{"channel_id":"{P}","content":"hi","send_at":"` + soon + `"}`, [6]int{401, 404, 201, 404, 201, 404}},
	"PUT /api/chat/scheduled/{id}":                      {"/api/chat/scheduled/{P}", `{"content":"hi","send_at":"` + soon + `"}`, missing},
	"DELETE /api/chat/scheduled/{id}":                   {"/api/chat/scheduled/{P}", "", missing},
	"POST /api/chat/scheduled/{id}/send":                {"/api/chat/scheduled/{P}/send", "", missing},
	"GET /api/chat/reminders":                           {"/api/chat/reminders", "", signedIn},
	"POST /api/chat/reminders":                          {"/api/chat/reminders", `{"message_id":"{M}","remind_at":"` + soon + `"}`, [6]int{401, 404, 201, 404, 201, 404}},
	"PUT /api/chat/reminders/{id}":                      {"/api/chat/reminders/{P}", `{"remind_at":"` + soon + `"}`, missing},
	"DELETE /api/chat/reminders/{id}":                   {"/api/chat/reminders/{P}", "", missing},
	"GET /api/dm/conversations":                         {"/api/dm/conversations", "", signedIn},
	"POST /api/dm/groups":                               {"/api/dm/groups", `{"user_ids":["{A}","{B}","{K}"]}`, [6]int{401, 201, 201, 201, 201, 201}},
	"GET /api/dm/users/{recipientId}/messages":          {"/api/dm/users/{A}/messages", "", signedIn},
	"POST /api/dm/users/{recipientId}/messages":         {"/api/dm/users/{A}/messages", `{"content":"hi"}`, [6]int{401, 201, 201, 201, 201, 201}},
	"POST /api/dm/channels/{dmChannelId}/read":          {"/api/dm/channels/{D}/read", "", insiders},
	"POST /api/dm/channels/{dmChannelId}/hide":          {"/api/dm/channels/{D}/hide", "", insiders},
	"GET /api/events":                                   {"/api/events?channel={P}", "", insiders},

	"POST /api/chat/messages/{id}/unread":       {"/api/chat/messages/{M}/unread", "", insiders},
	"POST /api/chat/read":                       {"/api/chat/read", "", signedIn},
	"GET /api/notifications/preferences":        {"/api/notifications/preferences", "", signedIn},
	"PUT /api/notifications/preferences":        {"/api/notifications/preferences", `{"level":"all","keywords":[],"zone":"","quiet_hours":{"days":[],"from":0,"to":0},"hide_content":false,"sound":false}`, signedIn},
	"GET /api/notifications/push":               {"/api/notifications/push", "", signedIn},
	"POST /api/notifications/push":              {"/api/notifications/push", `{"endpoint":"http://push.test/x","keys":{"p256dh":"x","auth":"x"}}`, [6]int{401, 400, 400, 400, 400, 400}},
	"DELETE /api/notifications/push/{id}":       {"/api/notifications/push/none", "", missing},
	"POST /api/notifications/push/{id}/test":    {"/api/notifications/push/none/test", "", missing},
	"GET /api/chat/channels/{id}/notifications": {"/api/chat/channels/{P}/notifications", "", insiders},
	"PUT /api/chat/channels/{id}/notifications": {"/api/chat/channels/{P}/notifications", `{"level":"all","muted":true}`, insiders},
	"GET /api/chat/messages/{id}/why":           {"/api/chat/messages/{M}/why", "", insiders},

	"GET /api/chat/unreads":                        {"/api/chat/unreads", "", signedIn},
	"GET /api/admin/unread-check":                  {"/api/admin/unread-check", "", bosses},
	"POST /api/chat/messages/{id}/report":          {"/api/chat/messages/{M}/report", `{"reason":"rude"}`, [6]int{401, 404, 400, 404, 201, 404}},
	"GET /api/chat/messages/{id}/history":          {"/api/chat/messages/{M}/history", "", insiders},
	"POST /api/chat/messages/{id}/bookmark":        {"/api/chat/messages/{M}/bookmark", "", insiders},
	"GET /api/search":                              {"/api/search?query=canary", "", signedIn},
	"GET /api/groups":                              {"/api/groups", "", signedIn},
	"POST /api/groups":                             {"/api/groups", `{"handle":"g-{N}"}`, [6]int{401, 403, 403, 403, 403, 201}},
	"GET /api/groups/{handle}":                     {"/api/groups/none", "", missing},
	"PUT /api/groups/{handle}":                     {"/api/groups/none", `{"handle":"g-{N}"}`, [6]int{401, 403, 403, 403, 403, 404}},
	"DELETE /api/groups/{handle}":                  {"/api/groups/none", "", [6]int{401, 403, 403, 403, 403, 404}},
	"PUT /api/groups/{handle}/members/{userId}":    {"/api/groups/none/members/{A}", "", missing},
	"DELETE /api/groups/{handle}/members/{userId}": {"/api/groups/none/members/{A}", "", missing},
	"GET /api/admin/retention":                     {"/api/admin/retention", "", bosses},
	"PUT /api/admin/retention":                     {"/api/admin/retention", `{"days":0,"direct_days":0,"overrides":false}`, bosses},
	"POST /api/admin/retention/preview":            {"/api/admin/retention/preview", `{"days":1,"direct_days":1,"overrides":false}`, bosses},
	"PUT /api/chat/channels/{id}/retention":        {"/api/chat/channels/{P}/retention", `{"keep_days":0}`, [6]int{401, 404, 403, 404, 403, 200}},
	"GET /api/branding":                            {"/api/branding", "", everyone},
	"PUT /api/branding":                            {"/api/branding", `{"name":"Acme"}`, bosses},
	"DELETE /api/branding":                         {"/api/branding", "", bosses},
	"GET /api/announcement":                        {"/api/announcement", "", signedIn},
	"PUT /api/announcement":                        {"/api/announcement", `{"text":"canary"}`, bosses},
	"DELETE /api/announcement":                     {"/api/announcement", "", bosses},
	"POST /api/announcement/dismiss":               {"/api/announcement/dismiss", `{"id":"none"}`, signedIn},
	"GET /api/emoji":                               {"/api/emoji", "", signedIn},
	"POST /api/emoji":                              {"/api/emoji", `{"name":"cat-{N}","image":"` + base64.StdEncoding.EncodeToString(pixel) + `"}`, [6]int{401, 201, 201, 201, 201, 201}},
	"PUT /api/emoji/{id}":                          {"/api/emoji/{M}", `{"name":"cat"}`, missing},
	"DELETE /api/emoji/{id}":                       {"/api/emoji/{M}", "", missing},
	"GET /api/drafts":                              {"/api/drafts", "", signedIn},
	"GET /api/drafts/{id}":                         {"/api/drafts/{P}", "", insiders},
	"PUT /api/drafts/{id}":                         {"/api/drafts/{P}", `{"content":"so far"}`, insiders},
	"DELETE /api/drafts/{id}":                      {"/api/drafts/{P}", "", insiders},
	"GET /api/chat/bookmarks":                      {"/api/chat/bookmarks", "", signedIn},
	"POST /api/chat/messages/{id}/pin":             {"/api/chat/messages/{M}/pin", "", insiders},
	"GET /api/chat/channels/{id}/pins":             {"/api/chat/channels/{P}/pins", "", insiders},

	"POST /api/chat/channels/{id}/messages/{messageId}/reactions":   {"/api/chat/channels/{P}/messages/{M}/reactions", `{"emoji":"👍"}`, insiders},
	"DELETE /api/chat/channels/{id}/messages/{messageId}/reactions": {"/api/chat/channels/{P}/messages/{M}/reactions", "", insiders},

	"GET /api/plugins/user":                                   {"/api/plugins/user", "", signedIn},
	"POST /api/plugins/user":                                  {"/api/plugins/user", `{"pluginName":"{L}","pluginData":{"a":1},"status":"pending"}`, signedIn},
	"GET /api/plugins/shared":                                 {"/api/plugins/shared", "", signedIn},
	"GET /api/plugins/templates":                              {"/api/plugins/templates", "", signedIn},
	"GET /api/plugins/usage":                                  {"/api/plugins/usage", "", signedIn},
	"GET /api/admin/plugins/usage":                            {"/api/admin/plugins/usage", "", bosses},
	"POST /api/plugins/improve":                               {"/api/plugins/improve", `{"message":"dice"}`, [6]int{401, 409, 409, 409, 409, 409}},
	"POST /api/plugins/{id}/estimate":                         {"/api/plugins/{G}/estimate", `{"message":"dice","conversationId":"{C}"}`, mine},
	"POST /api/plugins":                                       {"/api/plugins", `{"pluginName":"new {N}"}`, [6]int{401, 201, 201, 201, 201, 201}},
	"GET /api/plugins/{id}":                                   {"/api/plugins/{G}", "", mine},
	"PUT /api/plugins/{id}":                                   {"/api/plugins/{G}", `{"shared":true}`, mine},
	"DELETE /api/plugins/{id}":                                {"/api/plugins/{G}", "", mine},
	"POST /api/plugins/{id}/copy":                             {"/api/plugins/{G}/copy", `{}`, [6]int{401, 404, 201, 404, 404, 404}},
	"GET /api/plugins/{id}/files":                             {"/api/plugins/{G}/files", "", mine},
	"PUT /api/plugins/{id}/files":                             {"/api/plugins/{G}/files", `{"version":1,"operations":[{"type":"create","file":"b.ts","content":"x"}]}`, mine},
	"PUT /api/plugins/{id}/locks":                             {"/api/plugins/{G}/locks", `{"file":"a.ts","locked":true}`, mine},
	"GET /api/plugins/{id}/versions":                          {"/api/plugins/{G}/versions", "", mine},
	"GET /api/plugins/{id}/versions/{version}":                {"/api/plugins/{G}/versions/1", "", mine},
	"POST /api/plugins/{id}/versions/{version}/rollback":      {"/api/plugins/{G}/versions/1/rollback", "", [6]int{401, 404, 201, 404, 404, 404}},
	"GET /api/plugins/{id}/diff":                              {"/api/plugins/{G}/diff?from=0&to=1", "", mine},
	"GET /api/plugins/{id}/conversations":                     {"/api/plugins/{G}/conversations", "", mine},
	"DELETE /api/plugins/{id}/conversations/{conversationId}": {"/api/plugins/{G}/conversations/{C}", "", mine},
	"POST /api/plugins/{id}/messages":                         {"/api/plugins/{G}/messages", `{"message":"hello"}`, [6]int{401, 404, 201, 404, 404, 404}},
	"GET /api/plugins/{id}/messages/{messageId}":              {"/api/plugins/{G}/messages/{Y}", "", mine},
	"GET /api/plugins/{id}/messages/{messageId}/stream":       {"/api/plugins/{G}/messages/{Y}/stream", "", mine},
	"POST /api/plugins/{id}/messages/{messageId}/stop":        {"/api/plugins/{G}/messages/{Y}/stop", "", mine},
	"POST /api/chat/send":                                     {"/api/chat/send", `{"message":"hello","pluginName":"{L}","conversationId":"{C}"}`, mine},
	"GET /api/chat/history":                                   {"/api/chat/history?conversationId={C}", "", mine},
	"GET /api/download/{pluginName}":                          {"/api/download/{L}", "", mine},
	"POST /api/generate":                                      {"/api/generate", `{"description":"dice"}`, signedIn},

	"POST /api/upload/message-file": {"/api/upload/message-file", "", refusedCode},
	"POST /api/upload/avatar":       {"/api/upload/avatar", "", refusedCode},
	"GET /api/files/{key}":          {"/api/files/{F}", "", insiders},
	"DELETE /api/files/{key}":       {"/api/files/{F}", "", [6]int{401, 404, 404, 404, 404, 404}},

	"GET /api/bots":                          {"/api/bots", "", bosses},
	"POST /api/bots":                         {"/api/bots", `{"name":"Robot {N}"}`, [6]int{401, 403, 403, 403, 403, 201}},
	"GET /api/bots/{id}":                     {"/api/bots/{A}", "", [6]int{401, 403, 403, 403, 403, 404}},
	"PUT /api/bots/{id}":                     {"/api/bots/{A}", `{"name":"Other"}`, [6]int{401, 403, 403, 403, 403, 404}},
	"DELETE /api/bots/{id}":                  {"/api/bots/{A}", "", [6]int{401, 403, 403, 403, 403, 404}},
	"POST /api/bots/{id}/restore":            {"/api/bots/{A}/restore", "", [6]int{401, 403, 403, 403, 403, 404}},
	"GET /api/bots/{id}/tokens":              {"/api/bots/{A}/tokens", "", [6]int{401, 403, 403, 403, 403, 404}},
	"POST /api/bots/{id}/tokens":             {"/api/bots/{A}/tokens", `{"name":"script","scopes":["read"]}`, [6]int{401, 403, 403, 403, 403, 404}},
	"DELETE /api/bots/{id}/tokens/{tokenId}": {"/api/bots/{A}/tokens/{P}", "", [6]int{401, 403, 403, 403, 403, 404}},
	"GET /api/admin/hooks":                   {"/api/admin/hooks", "", bosses},
	"POST /api/admin/hooks":                  {"/api/admin/hooks", `{"name":"Weather {N}","command":"weather-{N}","url":"https://x.test"}`, [6]int{401, 403, 403, 403, 403, 201}},
	"GET /api/chat/channels/{id}/hooks":      {"/api/chat/channels/{P}/hooks", "", keepers},
	"POST /api/chat/channels/{id}/hooks":     {"/api/chat/channels/{P}/hooks", `{"kind":"incoming","name":"Robot"}`, [6]int{401, 404, 403, 404, 201, 404}},
	"PUT /api/hooks/{id}":                    {"/api/hooks/{H}", `{"active":false}`, [6]int{401, 404, 404, 404, 200, 200}},
	"DELETE /api/hooks/{id}":                 {"/api/hooks/{H}", "", [6]int{401, 404, 404, 404, 200, 200}},
	"POST /api/hooks/{id}/secret":            {"/api/hooks/{H}/secret", "", [6]int{401, 404, 404, 404, 200, 404}},
	"POST /api/hooks/{id}/test":              {"/api/hooks/{H}/test", "", [6]int{401, 404, 404, 404, 400, 400}},
	"GET /api/hooks/{id}/deliveries":         {"/api/hooks/{H}/deliveries", "", [6]int{401, 404, 404, 404, 200, 404}},
	"POST /hooks/plugins/{secret}":           {"/hooks/plugins/none", `{"text":"hi"}`, [6]int{404, 404, 404, 404, 404, 404}},
	"POST /hooks/commands/{address}":         {"/hooks/commands/none", `{"text":"hi"}`, [6]int{404, 404, 404, 404, 404, 404}},
	"POST /hooks/{secret}":                   {"/hooks/none", `{"text":"hi"}`, [6]int{404, 404, 404, 404, 404, 404}},

	"GET /api/health":       {"/api/health", "", everyone},
	"GET /livez":            {"/livez", "", everyone},
	"GET /readyz":           {"/readyz", "", everyone},
	"POST /api/init-db":     {"/api/init-db", "", bosses},
	"GET /api/openapi.json": {"/api/openapi.json", "", everyone},
}

func TestEveryRouteIsInTheTable(t *testing.T) {
	d, err := newDoor(Deps{Limits: &web.Limits{}})
	must(t, err)
	seen := map[string]bool{}
	must(t, chi.Walk(d.router, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		seen[method+" "+path] = true
		if _, there := table[method+" "+path]; !there {
			t.Errorf("%s %s is not in the table", method, path)
		}
		return nil
	}))
	for pattern := range table {
		if !seen[pattern] {
			t.Errorf("%s is in the table and no route", pattern)
		}
	}
}

// try calls a route as a row of the table says, on the nth new scene.
func (s *scene) try(who *actor, pattern string, c cell, n int) answered {
	s.t.Helper()
	s.set(fmt.Sprintf("p%d", n))
	if strings.Contains(c.path, "{F}") {
		s.attach()
	}
	if needs := c.path + c.body; strings.Contains(needs, "{G}") || strings.Contains(needs, "{L}") || strings.Contains(needs, "{C}") {
		s.setPlugin(fmt.Sprintf("p%d", n))
	}
	if strings.Contains(c.path, "{I}") {
		s.installHere()
	}
	hookID := ""
	if strings.Contains(c.path, "{H}") {
		made, err := s.Hooks.Create(s.t.Context(), s.keeper.User, s.channel.ID, hooks.Draft{Kind: hooks.Incoming, Name: "Hook"})
		must(s.t, err)
		hookID = made.Hook.ID
	}
	fill := strings.NewReplacer("{I}", s.installed, "{X}", s.plugin.ID, "{H}", hookID, "{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID,
		"{B}", s.outsider.ID, "{N}", fmt.Sprintf("n%d", n), "{F}", s.file, "{D}", s.direct.ID, "{K}", s.keeper.ID, "{G}", s.made.ID,
		"{L}", s.made.Name, "{C}", s.asked.ConversationID, "{Y}", s.asked.ID)
	var body any
	if c.body != "" {
		body = fill.Replace(c.body)
	}
	method, _, _ := strings.Cut(pattern, " ")
	return s.call(who, method, fill.Replace(c.path), body)
}

func TestAccess(t *testing.T) {
	s := newScene(t)
	n := 0
	for pattern, c := range table {
		method, _, _ := strings.Cut(pattern, " ")
		for i, who := range s.actors() {
			n++
			got := s.try(who, pattern, c, n)
			if got.Code != c.want[i] {
				t.Errorf("%s by %s: %d %s, want %d", pattern, who.name, got.Code, got.Body, c.want[i])
			}
			if got.Code >= 400 && strings.Contains(got.Body.String(), "canary-text") {
				t.Errorf("%s by %s shows the message", pattern, who.name)
			}
			if strings.HasPrefix(c.path, "/api/auth/") && method == "POST" && who != s.anon {
				s.signIn(who)
			}
		}
	}
}

// A public channel says 403 where a private one is not there, and an id that cannot be is as unknown as any.
func TestOutsideOfAChannel(t *testing.T) {
	s := newScene(t)
	s.set("hidden")
	open, err := s.chat.CreateChannel(t.Context(), s.keeper.User, chat.NewChannel{Name: "open"})
	must(t, err)
	for _, c := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"PUT", "", `{}`}, {"POST", "/archive", ""}, {"POST", "/members", `{"user_id":"x"}`},
		{"PUT", "/members/x", `{"role":"admin"}`}, {"DELETE", "/members/x", ""}, {"POST", "/read", ""}, {"GET", "/typing", ""},
		{"POST", "/typing", `{"typing":true}`}, {"GET", "/messages", ""}, {"POST", "/messages/send", `{"content":"x"}`},
	} {
		var body any
		if c.body != "" {
			body = c.body
		}
		s.call(s.outsider, c.method, "/api/chat/channels/"+open.ID+c.path, body).want(403, "NOT_A_MEMBER")
		hidden := s.call(s.outsider, c.method, "/api/chat/channels/"+s.channel.ID+c.path, body).want(404, "CHANNEL_NOT_FOUND")
		for _, missing := range []string{"ffffffffffffffffffffffff", "x", strings.ToUpper(open.ID), open.ID + "0", "%00", "$ne", "dm_x"} {
			got := s.call(s.outsider, c.method, "/api/chat/channels/"+missing+c.path, body).want(404)
			if masked(got.Body.String()) != masked(hidden.Body.String()) {
				t.Errorf("%s %s: hidden %s, missing %s", c.method, c.path, hidden.Body, got.Body)
			}
		}
	}
	s.call(s.outsider, "POST", "/api/chat/channels/"+open.ID+"/join", nil).want(200)
	s.call(s.outsider, "POST", "/api/chat/channels/"+open.ID+"/join", nil).want(400, "ALREADY_MEMBER")
	s.call(s.outsider, "GET", "/api/chat/channels/"+open.ID, nil).want(200)
}

func TestFormerMemberAndOwnMessage(t *testing.T) {
	s := newScene(t)
	s.set("left")
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, s.former.ID))
	own, err := s.chat.PostMessage(t.Context(), s.former.User, s.channel.ID, chat.Draft{Content: "mine"})
	must(t, err)
	s.call(s.former, "DELETE", "/api/chat/channels/"+s.channel.ID+"/members/"+s.former.ID, nil).want(200)
	path := "/api/chat/messages/" + own.ID
	s.call(s.former, "GET", path, nil).want(404, "MESSAGE_NOT_FOUND")
	s.call(s.former, "HEAD", path, nil).want(404)
	s.call(s.former, "PUT", path, `{"content":"again"}`).want(404, "MESSAGE_NOT_FOUND")
	s.call(s.former, "DELETE", path, nil).want(404, "MESSAGE_NOT_FOUND")
	s.call(s.outsider, "HEAD", path, nil).want(404)
	s.call(s.member, "HEAD", path, nil).want(200)
	s.call(s.member, "HEAD", "/api/events", nil).want(405)
}

// A route of which nobody said who may call it lets nobody in.
func TestRouteWithoutAccessIsShut(t *testing.T) {
	s := newScene(t)
	for _, who := range s.actors() {
		if err := (&route{}).admit(sessions.Current{User: who.User}, who != s.anon, request(who, "GET", "/", nil)); err == nil {
			t.Errorf("%s is let in", who.name)
		}
	}
}
