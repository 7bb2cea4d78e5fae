package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"pegasus/accounts"
)

// admin carries out "pegasus admin create". Without --password it reads one line of standard input, so that the
// password need not stand in the shell's history.
func admin(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) == 0 || args[0] != "create" {
		return errors.New("usage: pegasus admin create --email ADDRESS --name NAME [--password PASSWORD]")
	}
	flags := flag.NewFlagSet("pegasus admin create", flag.ContinueOnError)
	flags.SetOutput(out)
	email := flags.String("email", "", "the address to sign in with")
	name := flags.String("name", "", "the name that others see")
	password := flags.String("password", "", "8 to 128 characters; read from standard input where missing")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *email == "" || *name == "" || flags.NArg() > 0 {
		return errors.New("admin create needs --email and --name")
	}
	if *password == "" {
		fmt.Fprint(out, "Password: ")
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return errors.New("no password given: use --password, or type one line")
		}
		*password = strings.TrimRight(line, "\r\n")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, s, slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer a.close()
	u, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: *email, Name: *name, Password: *password})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is an admin now. Sign in at %s/login\n", u.Email, s.appURL)
	return err
}
