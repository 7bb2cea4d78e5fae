// Command pegasus is the whole server and the tools to look after it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // people name time zones, which the machine may not know

	"pegasus/fault"
	"pegasus/plugins/compile"
	"pegasus/plugins/jail"
	"pegasus/plugins/sandbox"
)

// version is set by the build.
var version = "dev"

const usage = `usage: pegasus [command]

  serve                     run the server (the default)
  admin create              make an admin: --email ADDRESS --name NAME [--password PASSWORD]
  admin reset-link          make a link that sets somebody's password: --email ADDRESS
  admin reset-two-factor    turn off a second factor that was lost: --email ADDRESS
  import slack FILE         bring people and history from an export of Slack, or with "mattermost" of Mattermost
  import rocketchat URI     bring them from the database of Rocket.Chat
  import mongo URI          bring people and history from ConnectBest or Better Auth: docs/import.md
  backup FILE               write the whole workspace into one file, while the server runs; - for standard output
  verify FILE               prove that a backup can be restored
  restore FILE              bring a backup into an empty DATA_DIR or database; -replace puts aside what is there
  export FILE.zip           write people, channels, messages, files and plugins for other programs
  support FILE              write what helps to find out what is wrong, without secrets, names or texts
  health                    ask the server of this machine whether it is ready
  openapi                   print the description of the API (OpenAPI 3.1)
  bench                     measure this machine: see pegasus bench -h
  version                   print the version

Settings come from the environment and from a file .env; README.md lists them.
`

func main() {
	jail.Main(compile.Child, sandbox.Child)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pegasus: "+plain(err))
		os.Exit(1)
	}
}

// plain returns a failure as a person at the terminal reads it: what broke a rule by its sentence, all else whole.
func plain(err error) string {
	if f := fault.From(err); f.Kind != fault.Internal && f.Err == nil {
		return f.Message
	}
	return err.Error()
}

// run carries out one command. It returns when the command is done or ctx ends.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	command := "serve"
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch command {
	case "serve":
		return serve(ctx, environ, out)
	case "admin":
		return admin(ctx, args, environ, out)
	case "import":
		return importFrom(ctx, args, environ, out)
	case "backup":
		return makeBackup(ctx, args, environ, out)
	case "verify":
		return verifyBackup(ctx, args, environ, out)
	case "restore":
		return restoreBackup(ctx, args, environ, out)
	case "export":
		return export(ctx, args, environ)
	case "support":
		return writeSupport(ctx, args, environ, out)
	case "health":
		return health(ctx, environ, out)
	case "openapi":
		return openapi(out)
	case "bench":
		return bench(ctx, args, out)
	case "version":
		_, err := fmt.Fprintln(out, "pegasus "+version)
		return err
	case "help", "-h", "--help":
		_, err := io.WriteString(out, usage)
		return err
	}
	return errors.New("unknown command " + command + "; see pegasus help")
}
