package main

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"pegasus/views"
)

// given is a value that somebody set, and where.
type given struct{ value, source string }

// whence says where each setting was set: in the environment, in the file .env, or by the name of a replaced system.
func whence(file, environ map[string]string) map[string]given {
	all := map[string]given{}
	for name, value := range file {
		if value != "" {
			all[name] = given{value, ".env"}
		}
	}
	for name, value := range environ {
		if value != "" {
			all[name] = given{value, "environment"}
		}
	}
	for name, others := range standIns {
		for _, other := range others {
			if g, set := all[other]; set && all[name] == (given{}) {
				all[name] = given{g.value, g.source + ", as " + other}
			}
		}
	}
	return all
}

// secretName fits the settings whose values nobody is shown. A new one that sounds like a secret is one.
var secretName = regexp.MustCompile(`SECRET|PASSWORD|TOKEN$|KEY|URI|HEADERS|^NATS_URL$`)

// follows says what a setting that nobody set follows from, where it does not hold its default.
var follows = map[string]string{
	"HOST": "DOMAIN", "PORT": "DOMAIN", "APP_URL": "DOMAIN or PORT", "BACKUP_DIR": "DATA_DIR", "MAIL_FROM": "MAIL_USERNAME", "OPENAI_BASE_URL": "OPENAI_API_KEY",
}

// effective returns what holds of each setting that what was set, or its default, does not say: what was worked out at the start.
func (s *settings) effective() (map[string]string, error) {
	raw := map[string]string{}
	for name, g := range s.given {
		raw[name] = g.value
	}
	said := &settings{}
	if err := env.ParseWithOptions(said, env.Options{Environment: raw}); err != nil {
		return nil, err
	}
	held := map[string]string{}
	unsaid(held, reflect.ValueOf(*said), reflect.ValueOf(*s))
	return held, nil
}

// unsaid adds the settings of a struct that hold something else than what was said.
func unsaid(held map[string]string, said, holds reflect.Value) {
	for i := range said.NumField() {
		field, value := said.Type().Field(i), holds.Field(i)
		name := field.Tag.Get("env")
		switch {
		case !field.IsExported():
		case name == "" && field.Type.Kind() == reflect.Struct:
			unsaid(held, said.Field(i), value)
		case name == "" || reflect.DeepEqual(said.Field(i).Interface(), value.Interface()):
		case value.Kind() == reflect.Slice:
			held[name] = strings.Join(value.Interface().([]string), ",")
		default:
			held[name] = fmt.Sprint(value.Interface())
		}
	}
}

// shown are the settings for those who run the workspace, in the order of their groups and names.
func (s *settings) shown() []views.Setting {
	fields, err := env.GetFieldParams(&settings{})
	held, unreadable := s.effective()
	if err != nil || unreadable != nil {
		return nil // a struct that could be read at the start can be described
	}
	var all []views.Setting
	for _, f := range fields {
		if f.Key == "" {
			continue
		}
		about := settingAbout[f.Key]
		one := views.Setting{Group: about.group, Name: f.Key, Value: f.DefaultValue, Source: "default", About: about.text}
		if g, set := s.given[f.Key]; set {
			one.Value, one.Source = g.value, g.source
		}
		if value, other := held[f.Key]; other {
			one.Value = value
			if from := follows[f.Key]; from != "" && one.Source == "default" {
				one.Source = "follows from " + from
			}
		}
		if one.Secret = secretName.MatchString(f.Key); one.Secret {
			one.Value, one.Set = "", one.Source != "default"
		} else {
			one.Value = withoutPassword(one.Value)
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b views.Setting) int {
		return slices.Index(settingGroups, a.Group) - slices.Index(settingGroups, b.Group)
	})
	return all
}

// withoutPassword masks a password that stands in an address.
func withoutPassword(value string) string {
	if !strings.Contains(value, "@") {
		return value
	}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		return u.Redacted()
	}
	return value
}

const (
	groupServer  = "Server"
	groupData    = "Data and files"
	groupPeople  = "People and sign-in"
	groupMail    = "Mail"
	groupModels  = "Models and plugins"
	groupNetwork = "Network"
	groupWatch   = "Watching"
)

var settingGroups = []string{groupServer, groupData, groupPeople, groupMail, groupModels, groupNetwork, groupWatch}

// settingAbout says in a few words what a setting is for. README.md says it all.
var settingAbout = map[string]struct{ group, text string }{
	"HOST":                          {groupServer, "The address on which the server listens, empty for all that it has"},
	"PORT":                          {groupServer, "The port on which the server listens"},
	"APP_URL":                       {groupServer, "The address that people use"},
	"APP_ENV":                       {groupServer, "production refuses unknown host names, weak secrets and lifted limits"},
	"APP_SECRET":                    {groupServer, "Signs cookies; made and kept in the data directory where it is not set"},
	"LOG_LEVEL":                     {groupServer, "How much is logged"},
	"DOMAIN":                        {groupServer, "The name for which the server gets a certificate by itself"},
	"HTTP_PORT":                     {groupServer, "The port without https, with DOMAIN: it sends people to https"},
	"ACME_DIRECTORY":                {groupServer, "Who gives the certificate"},
	"RATE_LIMITS":                   {groupServer, "off lifts the limits by rate, for load tests"},
	"DATA_DIR":                      {groupData, "Where the database, the secret and files are"},
	"MONGODB_URI":                   {groupData, "A MongoDB server in place of SQLite"},
	"MONGODB_DB_NAME":               {groupData, "The database there"},
	"NATS_URL":                      {groupServer, "Joins several servers of one workspace"},
	"BACKUP_DIR":                    {groupData, "Where backups lie; backups in the data directory where it is not set"},
	"BACKUP_EVERY":                  {groupData, "How often a backup is made and proven, such as 24h; 0 for never"},
	"BACKUP_KEEP":                   {groupData, "How many backups are kept"},
	"BACKUP_DOWNLOAD":               {groupData, "on lets admins take backups away"},
	"MAX_CONTENT_LENGTH":            {groupData, "The largest file that a message may have, in bytes"},
	"S3_BUCKET_NAME":                {groupData, "The bucket for files, in place of the data directory"},
	"S3_ENDPOINT":                   {groupData, "The server that speaks S3"},
	"AWS_REGION":                    {groupData, "The region of the bucket"},
	"AWS_ACCESS_KEY_ID":             {groupData, "Who opens the bucket"},
	"AWS_SECRET_ACCESS_KEY":         {groupData, "The secret that goes with it"},
	"AWS_SESSION_TOKEN":             {groupData, "Of credentials that end"},
	"SIGNUP":                        {groupPeople, "Who may make an account: open, invite or closed"},
	"REQUIRE_EMAIL_VERIFICATION":    {groupPeople, "Lets nobody in before their address is proven"},
	"GITHUB_CLIENT_ID":              {groupPeople, "Sign-in with GitHub"},
	"GITHUB_CLIENT_SECRET":          {groupPeople, "Sign-in with GitHub"},
	"GITHUB_BASE_URL":               {groupPeople, "A GitHub Enterprise server"},
	"GOOGLE_CLIENT_ID":              {groupPeople, "Sign-in with Google"},
	"GOOGLE_CLIENT_SECRET":          {groupPeople, "Sign-in with Google"},
	"OIDC_ISSUER":                   {groupPeople, "Sign-in with an OpenID Connect issuer"},
	"OIDC_CLIENT_ID":                {groupPeople, "Sign-in with an OpenID Connect issuer"},
	"OIDC_CLIENT_SECRET":            {groupPeople, "Sign-in with an OpenID Connect issuer"},
	"NEXTAUTH_SECRET":               {groupPeople, "Tokens that are signed with it open the API"},
	"PROXY_SECRET":                  {groupPeople, "A proxy that knows it names who is there"},
	"MAIL_SERVER":                   {groupMail, "The SMTP server; without one no mail leaves"},
	"MAIL_PORT":                     {groupMail, "Its port"},
	"MAIL_USE_TLS":                  {groupMail, "Encrypts what is sent"},
	"MAIL_USERNAME":                 {groupMail, "Who signs in there"},
	"MAIL_PASSWORD":                 {groupMail, "With what"},
	"MAIL_FROM":                     {groupMail, "The address from which mail comes"},
	"OPENAI_BASE_URL":               {groupModels, "The model that makes plugins"},
	"OPENAI_API_KEY":                {groupModels, "Its key"},
	"OPENAI_MODEL":                  {groupModels, "Its name"},
	"GENERATOR_URL":                 {groupModels, "A Pegasus back end in place of a model"},
	"EXTERNAL_API_KEY":              {groupModels, "Its key"},
	"PLUGIN_APPROVAL":               {groupModels, "Whether a second person approves plugins"},
	"PUBLIC_GENERATE":               {groupModels, "Opens /api/generate to who is not signed in"},
	"AI_DAILY_TOKENS":               {groupModels, "Tokens of one person on a day, 0 for no bound"},
	"AI_DAILY_TOKENS_ALL":           {groupModels, "Tokens of everyone on a day, 0 for no bound"},
	"AI_INPUT_PRICE":                {groupModels, "What a million tokens to a model cost"},
	"AI_OUTPUT_PRICE":               {groupModels, "What a million tokens from a model cost"},
	"AI_CURRENCY":                   {groupModels, "The currency of those prices"},
	"EMBEDDINGS_BASE_URL":           {groupModels, "Makes search find by meaning"},
	"EMBEDDINGS_API_KEY":            {groupModels, "Its key"},
	"EMBEDDINGS_MODEL":              {groupModels, "Its model"},
	"TRUSTED_PROXIES":               {groupNetwork, "Networks whose X-Forwarded-For is believed"},
	"CORS_ORIGINS":                  {groupNetwork, "Other origins whose pages may call the API"},
	"LINK_PREVIEWS":                 {groupNetwork, "Whether pages behind links are looked at"},
	"ALARMS":                        {groupWatch, "When the server raises an alarm"},
	"ALARM_CHANNEL":                 {groupWatch, "The channel that is told of it"},
	"ALARM_MAIL":                    {groupWatch, "The addresses that are told of it"},
	"COST_PER_HOUR":                 {groupWatch, "What the server costs in an hour"},
	"COST_STORAGE_GB_MONTH":         {groupWatch, "What a gigabyte costs in a month"},
	"METRICS_ADDR":                  {groupWatch, "Where Prometheus reads figures"},
	"METRICS_TOKEN":                 {groupWatch, "The token with which it does"},
	"OTEL_EXPORTER_OTLP_ENDPOINT":   {groupWatch, "Where traces are sent"},
	"OTEL_EXPORTER_OTLP_HEADERS":    {groupWatch, "What is sent along with them"},
	"OTEL_SERVICE_NAME":             {groupWatch, "As whom"},
	"OTEL_TRACES_SAMPLER_ARG":       {groupWatch, "Which part of the requests is traced, from 0 to 1"},
	"ECS_CONTAINER_METADATA_URI_V4": {groupWatch, "Set by ECS: where its task is described"},
	"WEBHOOK_NETWORKS":              {groupNetwork, "Networks of your own that webhooks may reach"},
}
