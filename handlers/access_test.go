package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins"
)

// scene is who is who around a private channel.
type scene struct {
	*world
	anon, outsider, member, former, keeper, boss *actor

	channel chat.Channel // private; member and keeper are in it, former was
	message chat.Message // of member
	plugin  plugins.Plugin
	install plugins.Install
}

func newScene(t *testing.T) *scene {
	w := newWorld(t)
	return &scene{
		world: w, anon: &actor{name: "anon"}, outsider: w.join("outsider"), member: w.join("member"), former: w.join("former"),
		keeper: w.join("keeper"), boss: w.admin("boss"),
	}
}

func (s *scene) actors() []*actor {
	return []*actor{s.anon, s.outsider, s.member, s.former, s.keeper, s.boss}
}

// set puts a new private channel and a message on the scene.
func (s *scene) set(name string) {
	s.t.Helper()
	s.channel = s.world.channel(s.keeper, name, chat.Private, s.member, s.former)
	must(s.t, s.chat.RemoveMember(s.t.Context(), s.keeper.User, s.channel.ID, s.former.ID))
	s.message = s.say(s.member, s.channel.ID, "canary-text")
}

// equip puts a plugin of keeper on the scene, and an install of it in the channel. What it returns takes them away again: one
// person has only so many.
func (s *scene) equip(name string) (clear func()) {
	s.t.Helper()
	s.plugin = s.BuiltPlugin(s.t, s.keeper.User, name, webhookManifest, "canary-text")
	var err error
	s.install, err = s.Plugins.Install(s.t.Context(), s.keeper.User, s.plugin.ID, s.channel.ID, plugins.Wish{
		Grant: plugins.Grant{Permissions: []string{"webhook"}},
	})
	must(s.t, err)
	return func() {
		if err := s.Plugins.DeletePlugin(s.t.Context(), s.keeper.User, s.plugin.ID); !fault.Is(err, fault.NotFound) {
			must(s.t, err)
		}
	}
}

// webhookManifest is of a plugin that has all that the pages show.
const webhookManifest = `{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll","help":"Rolls dice."}],"permissions":["webhook"],
	"triggers":{"webhook":true},"settings":[{"key":"sides","label":"Sides","type":"number","default":6}]}`

// cell is one row of the table: what each actor gets, in the order anon, outsider, member, former, keeper, boss. {P} and
// {M} stand for the private channel and the message in it, {D} and {I} for a plugin of keeper and its install there, {A} and {B} for member and outsider, {N} for something new.
type cell struct {
	path, form string
	want       [6]int
}

var (
	anonymous   = [6]int{200, 303, 303, 303, 303, 303} // who is signed in is sent on
	sent        = [6]int{303, 303, 303, 303, 303, 303}
	everyone    = [6]int{200, 200, 200, 200, 200, 200}
	guesses     = [6]int{400, 400, 400, 400, 400, 400}
	signedIn    = [6]int{303, 200, 200, 200, 200, 200}
	insiders    = [6]int{303, 404, 200, 404, 200, 404}
	acting      = [6]int{401, 303, 303, 303, 303, 303} // forms of one's own
	inside      = [6]int{401, 404, 303, 404, 303, 404} // forms of members
	insidePages = [6]int{401, 404, 200, 404, 200, 404} // forms of members that answer with a page
	keepers     = [6]int{401, 404, 403, 404, 303, 404}
	maker       = [6]int{401, 404, 404, 404, 303, 404} // forms about a plugin
	makerPages  = [6]int{303, 404, 404, 404, 200, 404}
	installers  = [6]int{401, 404, 422, 404, 303, 404} // forms about a plugin in a channel
	nobody      = [6]int{404, 404, 404, 404, 404, 404}
)

var table = map[string]cell{
	"GET /unsubscribe":          {"/unsubscribe?token=guess", "", nobody},
	"POST /unsubscribe":         {"/unsubscribe?token=guess", "a=b", nobody},
	"GET /sw.js":                {"/sw.js", "", everyone},
	"GET /manifest.webmanifest": {"/manifest.webmanifest", "", everyone},
	"GET /offline":              {"/offline", "", everyone},
	"GET /":                     {"/", "", anonymous},
	"GET /login":                {"/login", "", anonymous},
	"POST /login":               {"/login", "email=member@example.test&password=correct+horse+battery", sent},
	"GET /signup":               {"/signup", "", anonymous},
	"POST /signup":              {"/signup", "name=New&email={N}@a.test&password=correct+horse+battery", sent},
	"GET /setup":                {"/setup?token=guess", "", nobody},
	"POST /setup":               {"/setup", "token=guess&name=New&email={N}@b.test&password=correct+horse+battery", nobody},
	"GET /auth/signin":          {"/auth/signin", "", sent},
	"GET /auth/signup":          {"/auth/signup", "", sent},
	"POST /logout":              {"/logout", "a=b", sent},

	"POST /login/{provider}":   {"/login/github", "a=b", [6]int{404, 303, 303, 303, 303, 303}}, // none is set up
	"GET /two-factor":          {"/two-factor", "", sent},                                      // nobody is asked for one
	"POST /two-factor":         {"/two-factor", "code=000000", sent},
	"POST /two-factor/code":    {"/two-factor/code", "a=b", sent},
	"GET /check-mail":          {"/check-mail", "", sent},
	"GET /forgot-password":     {"/forgot-password", "", everyone},
	"POST /forgot-password":    {"/forgot-password", "email={N}@c.test", sent},
	"GET /reset-password":      {"/reset-password?token=guess", "", guesses},
	"POST /reset-password":     {"/reset-password", "token=guess&password=correct+horse+battery", guesses},
	"GET /verify-email":        {"/verify-email?token=guess", "", everyone},
	"POST /verify-email":       {"/verify-email", "token=guess", guesses},
	"POST /verify-email/send":  {"/verify-email/send", "email={N}@c.test", sent},
	"GET /magic-link":          {"/magic-link?token=guess", "", everyone},
	"POST /magic-link":         {"/magic-link", "token=guess", guesses},
	"POST /magic-link/send":    {"/magic-link/send", "email={N}@c.test", sent},
	"GET /auth/error":          {"/auth/error?error=banned", "", everyone},
	"GET /ops":                 {"/ops", "", signedIn},
	"GET /docs":                {"/docs?q=messages", "", everyone},
	"GET /docs/codes":          {"/docs/codes", "", everyone},
	"GET /docs/guides/{guide}": {"/docs/guides/limits", "", everyone},
	"GET /docs/api/{group}":    {"/docs/api/messages", "", everyone},
	"GET /docs/types/{type}":   {"/docs/types/Message", "", everyone},
	"GET /debug/events":        {"/debug/events", "", [6]int{303, 403, 403, 403, 403, 200}},
	"GET /debug/jobs":          {"/debug/jobs", "", [6]int{303, 403, 403, 403, 403, 200}},
	"POST /debug/jobs/{job}":   {"/debug/jobs/none", "version=0&action=again", [6]int{401, 403, 403, 403, 403, 404}},
	"GET /debug/settings":      {"/debug/settings", "", [6]int{303, 403, 403, 403, 403, 200}},
	"GET /debug":               {"/debug", "", [6]int{303, 403, 403, 403, 403, 200}},

	"POST /test/failures": {"/test/failures", "kind=503", [6]int{401, 403, 403, 403, 403, 400}},

	"GET /test": {"/test", "", [6]int{303, 403, 403, 403, 403, 200}},

	"GET /chat":                                         {"/chat", "", signedIn},
	"GET /chat/{channel}":                               {"/chat/{P}", "", insiders},
	"POST /chat/{channel}/messages":                     {"/chat/{P}/messages", "content=hi", inside},
	"GET /chat/{channel}/messages/{message}/edit":       {"/chat/{P}/messages/{M}/edit", "", [6]int{303, 404, 200, 404, 404, 404}},
	"POST /chat/{channel}/messages/{message}/edit":      {"/chat/{P}/messages/{M}/edit", "content=other", [6]int{401, 404, 303, 404, 404, 404}},
	"GET /chat/{channel}/messages/{message}/delete":     {"/chat/{P}/messages/{M}/delete", "", insiders},
	"POST /chat/{channel}/messages/{message}/delete":    {"/chat/{P}/messages/{M}/delete", "a=b", inside},
	"POST /chat/{channel}/messages/{message}/unread":    {"/chat/{P}/messages/{M}/unread", "a=b", inside},
	"GET /chat/{channel}/messages/{message}/why":        {"/chat/{P}/messages/{M}/why", "", insiders},
	"GET /chat/{channel}/notifications":                 {"/chat/{P}/notifications", "", insiders},
	"POST /chat/{channel}/notifications":                {"/chat/{P}/notifications", "level=all", inside},
	"GET /unreads":                                      {"/unreads", "", signedIn},
	"POST /unreads/read":                                {"/unreads/read", "a=b", acting},
	"GET /chat/{channel}/messages/{message}/react":      {"/chat/{P}/messages/{M}/react", "", insiders},
	"POST /chat/{channel}/messages/{message}/reactions": {"/chat/{P}/messages/{M}/reactions", "react=%F0%9F%91%8D", inside},
	"POST /chat/{channel}/messages/{message}/save":      {"/chat/{P}/messages/{M}/save", "saved=yes", inside},
	"POST /chat/{channel}/messages/{message}/pin":       {"/chat/{P}/messages/{M}/pin", "pinned=yes", inside},
	"GET /chat/{channel}/messages/{message}/history":    {"/chat/{P}/messages/{M}/history", "", insiders},
	"GET /chat/{channel}/messages/{message}/forward":    {"/chat/{P}/messages/{M}/forward", "", insiders},
	"POST /chat/{channel}/messages/{message}/forward":   {"/chat/{P}/messages/{M}/forward", "channel_id={P}", inside},
	"GET /quotes":                                          {"/quotes?ids={M}", "", signedIn},
	"GET /chat/{channel}/pins":                             {"/chat/{P}/pins", "", insiders},
	"GET /icons/{mac}/{address}":                           {"/icons/00/aGk", "", [6]int{303, 404, 404, 404, 404, 404}},
	"GET /chat/{channel}/search":                           {"/chat/{P}/search?q=hello", "", insiders},
	"GET /saved":                                           {"/saved", "", signedIn},
	"GET /chat/{channel}/messages/{message}/report":        {"/chat/{P}/messages/{M}/report", "", [6]int{303, 404, 404, 404, 200, 404}},
	"POST /chat/{channel}/messages/{message}/report":       {"/chat/{P}/messages/{M}/report", "reason=rude", [6]int{401, 404, 400, 404, 303, 404}},
	"GET /admin/reports":                                   {"/admin/reports", "", [6]int{303, 403, 403, 403, 403, 200}},
	"POST /admin/reports/{message}":                        {"/admin/reports/{M}", "action=dismiss", [6]int{401, 403, 403, 403, 403, 404}},
	"POST /chat/{channel}/messages/{message}/preview":      {"/chat/{P}/messages/{M}/preview", "url=https%3A%2F%2Fa.test", [6]int{401, 404, 303, 404, 404, 404}},
	"POST /chat/{channel}/read":                            {"/chat/{P}/read", "seq=1", inside},
	"POST /chat/{channel}/typing":                          {"/chat/{P}/typing", "typing=true", inside},
	"POST /chat/{channel}/join":                            {"/chat/{P}/join", "a=b", [6]int{401, 404, 400, 404, 400, 404}},
	"POST /chat/{channel}/leave":                           {"/chat/{P}/leave", "a=b", [6]int{401, 404, 303, 404, 409, 404}},
	"GET /chat/{channel}/edit":                             {"/chat/{P}/edit", "", [6]int{303, 404, 303, 404, 200, 404}},
	"POST /chat/{channel}/edit":                            {"/chat/{P}/edit", "name={N}&type=private", keepers},
	"POST /chat/{channel}/archive":                         {"/chat/{P}/archive", "a=b", keepers},
	"GET /chat/{channel}/complete":                         {"/chat/{P}/complete?kind=person&q=", "", insiders},
	"GET /chat/{channel}/frame":                            {"/chat/{P}/frame", "", insiders},
	"GET /frame":                                           {"/frame", "", signedIn},
	"POST /chat/{channel}/draft":                           {"/chat/{P}/draft", "content=so+far", inside},
	"GET /chat/{channel}/files":                            {"/chat/{P}/files", "", insiders},
	"POST /chat/{channel}/unarchive":                       {"/chat/{P}/unarchive", "a=b", keepers},
	"POST /chat/{channel}/section":                         {"/chat/{P}/section", "section=Work", inside},
	"GET /sidebar":                                         {"/sidebar?section=Work", "", signedIn},
	"POST /sidebar/fold":                                   {"/sidebar/fold", "section=Work&folded=yes", acting},
	"POST /sidebar/order":                                  {"/sidebar/order", "section=Work&order=recent", acting},
	"POST /sidebar/move":                                   {"/sidebar/move", "channel={P}&step=up", inside},
	"POST /sidebar/unread":                                 {"/sidebar/unread", "alone=yes", acting},
	"POST /sidebar":                                        {"/sidebar", "section=Work&name=Boats", acting},
	"GET /chat/{channel}/day":                              {"/chat/{P}/day?date=2026-01-02", "", [6]int{303, 404, 303, 404, 303, 404}},
	"GET /chat/{channel}/about":                            {"/chat/{P}/about", "", insiders},
	"POST /chat/{channel}/topic":                           {"/chat/{P}/topic", "topic=x", inside},
	"POST /chat/{channel}/members to mute somebody":        {"/chat/{P}/members", "action=mute-60&user_id={A}", [6]int{401, 404, 403, 404, 303, 404}},
	"GET /chat/{channel}/members":                          {"/chat/{P}/members", "", insiders},
	"POST /chat/{channel}/members":                         {"/chat/{P}/members", "action=add&user_id={B}", inside},
	"POST /chat/{channel}/members to remove somebody":      {"/chat/{P}/members", "action=remove&user_id={A}", [6]int{401, 404, 303, 404, 303, 404}},
	"POST /chat/{channel}/members to remove somebody else": {"/chat/{P}/members", "action=remove&user_id={C}", [6]int{401, 404, 403, 404, 409, 404}},
	"POST /chat/{channel}/members to give a role":          {"/chat/{P}/members", "action=admin&user_id={A}", keepers},

	"GET /chat/{channel}/later":                     {"/chat/{P}/later", "", insiders},
	"POST /chat/{channel}/later":                    {"/chat/{P}/later", "content=hi", [6]int{401, 404, 200, 404, 200, 404}},
	"GET /chat/{channel}/thread/{message}/later":    {"/chat/{P}/thread/{M}/later", "", insiders},
	"POST /chat/{channel}/thread/{message}/later":   {"/chat/{P}/thread/{M}/later", "content=hi", [6]int{401, 404, 200, 404, 200, 404}},
	"GET /chat/{channel}/messages/{message}/remind": {"/chat/{P}/messages/{M}/remind", "", insiders},
	"POST /chat/{channel}/messages/{message}/undo":  {"/chat/{P}/messages/{M}/undo", "a=b", [6]int{401, 404, 200, 404, 404, 404}},
	"GET /scheduled":                                {"/scheduled", "", signedIn},
	"POST /scheduled":                               {"/scheduled", "channel_id={P}&content=hi&when=in+1+hour", inside},
	"GET /scheduled/{id}":                           {"/scheduled/{P}", "", [6]int{303, 404, 404, 404, 404, 404}},
	"POST /scheduled/{id}":                          {"/scheduled/{P}", "action=cancel", [6]int{401, 404, 404, 404, 404, 404}},
	"GET /reminders":                                {"/reminders", "", signedIn},
	"POST /reminders":                               {"/reminders", "message_id={M}&when=in+1+hour", inside},
	"POST /reminders/{id}":                          {"/reminders/{P}", "action=done", [6]int{401, 404, 404, 404, 404, 404}},

	"GET /channels":                          {"/channels", "", signedIn},
	"GET /channels/new":                      {"/channels/new", "", signedIn},
	"POST /channels/new":                     {"/channels/new", "name={N}", acting},
	"GET /files/{key}":                       {"/files/none", "", [6]int{303, 404, 404, 404, 404, 404}},
	"GET /avatars/{key}":                     {"/avatars/none", "", [6]int{303, 404, 404, 404, 404, 404}},
	"GET /users":                             {"/users?q=name", "", signedIn},
	"GET /search":                            {"/search?q=text", "", signedIn},
	"GET /jump":                              {"/jump?q=p", "", signedIn},
	"GET /shortcuts":                         {"/shortcuts", "", signedIn},
	"GET /profile":                           {"/profile", "", signedIn},
	"POST /profile":                          {"/profile", "phone=1", acting},
	"GET /events":                            {"/events?channel={P}", "", [6]int{303, 404, 200, 404, 200, 404}},
	"GET /groups":                            {"/groups", "", signedIn},
	"POST /groups":                           {"/groups", "handle={N}", [6]int{401, 403, 403, 403, 403, 303}},
	"GET /groups/{group}":                    {"/groups/none", "", [6]int{303, 404, 404, 404, 404, 404}},
	"POST /groups/{group}":                   {"/groups/none", "handle={N}", [6]int{401, 403, 403, 403, 403, 404}},
	"POST /groups/{group}/members":           {"/groups/none/members", "action=add&user=x", [6]int{401, 404, 404, 404, 404, 404}},
	"GET /emoji":                             {"/emoji", "", signedIn},
	"GET /emoji/custom.json":                 {"/emoji/custom.json", "", signedIn},
	"POST /emoji":                            {"/emoji", "a=b", [6]int{401, 400, 400, 400, 400, 400}},
	"POST /emoji/rule":                       {"/emoji/rule", "a=b", [6]int{401, 403, 403, 403, 403, 303}},
	"POST /emoji/{emoji}":                    {"/emoji/{M}", "action=remove", [6]int{401, 404, 404, 404, 404, 404}},
	"GET /drafts":                            {"/drafts", "", signedIn},
	"POST /drafts/delete":                    {"/drafts/delete", "channel={P}", acting},
	"GET /plugins":                           {"/plugins", "", signedIn},
	"GET /create":                            {"/create", "", signedIn},
	"POST /create":                           {"/create", "pluginName={N}", acting},
	"POST /create/reword":                    {"/create/reword", "description=dice", [6]int{401, 409, 409, 409, 409, 409}},
	"GET /plugins/{name}":                    {"/plugins/{D}", "", makerPages},
	"GET /plugins/{name}/answers/{exchange}": {"/plugins/{D}/answers/{M}", "", [6]int{303, 404, 404, 404, 404, 404}},
	"POST /plugins/{name}/answers/{exchange}/seen":             {"/plugins/{D}/answers/{M}/seen", "", [6]int{401, 404, 404, 404, 404, 404}},
	"POST /plugins/{name}/reword":                              {"/plugins/{D}/reword", "message=hello", [6]int{401, 404, 404, 404, 409, 404}},
	"POST /plugins/{name}/ask":                                 {"/plugins/{D}/ask", "message=hello", maker},
	"POST /plugins/{name}/stop":                                {"/plugins/{D}/stop", "exchange={M}", [6]int{401, 404, 404, 404, 404, 404}},
	"POST /plugins/{name}/files":                               {"/plugins/{D}/files", "base=1&path=a.ts&content=x&action=save", maker},
	"POST /plugins/{name}/rollback":                            {"/plugins/{D}/rollback", "version=1", maker},
	"POST /plugins/{name}/settings":                            {"/plugins/{D}/settings", "pluginName={N}", maker},
	"POST /plugins/{name}/copy":                                {"/plugins/{D}/copy", "a=b", maker},
	"POST /plugins/{name}/delete":                              {"/plugins/{D}/delete", "sure=1", maker},
	"GET /plugins/{name}/conversations/{conversation}/delete":  {"/plugins/{D}/conversations/{M}/delete", "", [6]int{303, 404, 404, 404, 404, 404}},
	"POST /plugins/{name}/conversations/{conversation}/delete": {"/plugins/{D}/conversations/{M}/delete", "a=b", [6]int{401, 404, 404, 404, 404, 404}},
	"POST /plugins/{name}/try":                                 {"/plugins/{D}/try", "text=%2Froll", [6]int{401, 404, 404, 404, 200, 404}},
	"POST /plugins/{name}/install":                             {"/plugins/{D}/install", "channel={P}", [6]int{401, 404, 404, 404, 422, 404}},
	"GET /installs/{install}":                                  {"/installs/{I}", "", [6]int{303, 404, 200, 404, 200, 200}},
	"GET /installs/{install}/files":                            {"/installs/{I}/files", "", [6]int{303, 404, 403, 404, 200, 200}},
	"GET /installs/{install}/changes":                          {"/installs/{I}/changes", "", [6]int{303, 404, 403, 404, 409, 409}},
	"POST /installs/{install}/approve":                         {"/installs/{I}/approve", "version=1", [6]int{401, 404, 422, 404, 422, 404}},
	"POST /installs/{install}/decline":                         {"/installs/{I}/decline", "a=b", [6]int{401, 404, 422, 404, 422, 422}},
	"POST /installs/{install}/permissions":                     {"/installs/{I}/permissions", "permission=webhook", [6]int{401, 404, 422, 404, 303, 303}},
	"POST /installs/{install}/on":                              {"/installs/{I}/on", "a=b", installers},
	"POST /installs/{install}/off":                             {"/installs/{I}/off", "a=b", installers},
	"POST /installs/{install}/adopt":                           {"/installs/{I}/adopt", "a=b", installers},
	"POST /installs/{install}/update":                          {"/installs/{I}/update", "version=1", [6]int{401, 404, 404, 404, 303, 404}},
	"POST /installs/{install}/settings":                        {"/installs/{I}/settings", "set.sides=8", installers},
	"POST /installs/{install}/webhook":                         {"/installs/{I}/webhook", "a=b", [6]int{401, 404, 403, 404, 200, 404}},
	"POST /installs/{install}/remove":                          {"/installs/{I}/remove", "sure=1", keepers},
}

func TestEveryRouteIsInTheTable(t *testing.T) {
	seen := map[string]bool{}
	must(t, chi.Walk(newWorld(t).router, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		seen[method+" "+path] = true
		if _, there := table[method+" "+path]; !there && method != http.MethodHead {
			t.Errorf("%s %s is not in the table", method, path)
		}
		return nil
	}))
	for pattern := range table {
		route, _, _ := strings.Cut(pattern, " to ")
		if !seen[route] {
			t.Errorf("%s is in the table and no route", pattern)
		}
	}
}

func TestWhoMayCallWhat(t *testing.T) {
	s := newScene(t)
	n := 0
	for pattern, c := range table {
		method, _, _ := strings.Cut(pattern, " ")
		for i, who := range s.actors() {
			n++
			s.set(fmt.Sprintf("p%d", n))
			clear := s.equip(fmt.Sprintf("p%d", n))
			fill := strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID, "{B}", s.outsider.ID, "{C}", s.keeper.ID,
				"{N}", fmt.Sprintf("n%d", n), "{D}", s.plugin.Name, "{I}", s.install.ID)
			var fields url.Values
			if c.form != "" {
				var err error
				fields, err = url.ParseQuery(fill.Replace(c.form))
				must(t, err)
			}
			got := s.do(s.request(who, method, fill.Replace(c.path), fields))
			if got.Code != c.want[i] {
				t.Errorf("%s by %s: %d to %q, want %d", pattern, who.name, got.Code, got.Header().Get("Location"), c.want[i])
			}
			if (c.want[i] == 404 || who == s.anon) && strings.Contains(got.Body.String(), "canary-text") {
				t.Errorf("%s by %s shows what is in the channel", pattern, who.name)
			}
			clear()
			if method == "POST" && !strings.HasPrefix(c.path, "/chat") && who != s.anon {
				s.signIn(who)
			}
		}
	}
}

var volatile = regexp.MustCompile(`[0-9a-f]{24}|tell your admin this number: \w+`)

func masked(a answered) string {
	return fmt.Sprint(a.Code, " ", a.Header().Get("Location"), " ", volatile.ReplaceAllString(a.Body.String(), "ID"))
}

// To those outside a private channel it is as unknown as an id that nothing has, in every form of asking.
func TestAPrivateChannelAnswersLikeAnUnknownOne(t *testing.T) {
	s := newScene(t)
	s.set("hidden")
	s.equip("hidden")
	unknown := strings.NewReplacer(s.channel.ID, "ffffffffffffffffffffffff", s.message.ID, "eeeeeeeeeeeeeeeeeeeeeeee")
	for pattern, c := range table {
		method, _, _ := strings.Cut(pattern, " ")
		if !strings.Contains(c.path, "{P}") {
			continue
		}
		fill := strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID, "{B}", s.outsider.ID, "{C}", s.keeper.ID, "{N}", "x", "{D}", s.plugin.Name, "{I}", s.install.ID)
		for _, who := range []*actor{s.outsider, s.former, s.boss} {
			for _, header := range []string{"", "X-Fragment", "HX-Request"} {
				ask := func(path string) string {
					var fields url.Values
					if c.form != "" {
						fields, _ = url.ParseQuery(fill.Replace(c.form))
					}
					r := s.request(who, method, path, fields)
					if header != "" {
						r.Header.Set(header, "true")
					}
					return masked(s.do(r))
				}
				path := fill.Replace(c.path)
				if strings.HasPrefix(path, "/admin/") && who == s.boss {
					continue // admins see that there is such a channel, and its name
				}
				hidden, missing := ask(path), ask(unknown.Replace(path))
				if strings.HasPrefix(path, "/admin/") {
					if hidden != missing || !strings.HasPrefix(hidden, "403 ") {
						t.Errorf("%s by %s %s: hidden\n%.400s\nunknown\n%.400s", pattern, who.name, header, hidden, missing)
					}
					continue
				}
				if hidden != missing || !strings.HasPrefix(hidden, "404 ") {
					t.Errorf("%s by %s %s: hidden\n%.400s\nunknown\n%.400s", pattern, who.name, header, hidden, missing)
				}
			}
		}
	}
}

func TestAPublicChannelOffersToJoinAndShowsNothingBefore(t *testing.T) {
	s := newScene(t)
	open := s.world.channel(s.keeper, "open", chat.Public)
	m := s.say(s.keeper, open.ID, "canary-text")
	page := s.get(s.outsider, "/chat/"+open.ID).want(200, "Join open", `action="/chat/`+open.ID+`/join"`)
	if strings.Contains(page.Body.String(), "canary-text") {
		t.Error("the page shows what was said")
	}
	s.get(s.outsider, "/chat/"+open.ID+"/members").want(403)
	s.get(s.outsider, "/chat/"+open.ID+"/edit").want(403)
	s.get(s.outsider, "/events?channel="+open.ID).want(403)
	s.get(s.outsider, "/chat/"+open.ID+"/messages/"+m.ID+"/edit").want(404)
	s.post(s.outsider, "/chat/"+open.ID+"/messages", "content", "x").want(403)
	s.post(s.outsider, "/chat/"+open.ID+"/join").sends("/chat/" + open.ID)
	s.get(s.outsider, "/chat/"+open.ID).want(200, "canary-text")
	s.post(s.outsider, "/chat/"+open.ID+"/leave").sends("/chat")
	s.get(s.outsider, "/chat/"+open.ID).want(200, "Join open")
}

// A message is reached through its own channel alone, by its author too.
func TestAMessageIsNotInAnotherChannel(t *testing.T) {
	s := newScene(t)
	s.set("own")
	for action, methods := range map[string]string{
		"/edit": "GET POST", "/delete": "GET POST", "/react": "GET", "/history": "GET", "/reactions": "POST", "/save": "POST", "/pin": "POST", "/forward": "GET POST",
	} {
		path := "/chat/" + s.general().ID + "/messages/" + s.message.ID + action
		for _, who := range []*actor{s.outsider, s.member, s.keeper} {
			if strings.Contains(methods, "GET") {
				s.get(who, path).want(404)
			}
			if strings.Contains(methods, "POST") {
				s.post(who, path, "content", "moved", "react", "👍", "saved", "yes", "pinned", "yes").want(404)
			}
		}
	}
	m, err := s.chat.Message(t.Context(), s.member.User, s.message.ID)
	must(t, err)
	if m.Content != "canary-text" {
		t.Errorf("the message reads %q", m.Content)
	}
}
