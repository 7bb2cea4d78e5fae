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

// operator acts for whoever holds the server, whom nobody can lock out.
var operator = accounts.User{Name: "the command line", Role: accounts.RoleAdmin}

// admin carries out "pegasus admin": for whoever holds the server and cannot get in by a page.
func admin(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) == 0 {
		args = []string{""}
	}
	switch args[0] {
	case "create":
		return createAdmin(ctx, args[1:], environ, out)
	case "reset-link":
		return forPerson(ctx, args, environ, out, func(a *app, u accounts.User) (string, error) {
			link, err := a.accounts.ResetLink(ctx, operator, u.ID)
			return "Sets a new password, once, within an hour:\n\n    " + link, err
		})
	case "reset-two-factor":
		return forPerson(ctx, args, environ, out, func(a *app, u accounts.User) (string, error) {
			return "The second factor of " + u.Email + " is off.", a.accounts.ResetTwoFactor(ctx, operator, u.ID)
		})
	}
	return errors.New("usage: pegasus admin create --email ADDRESS --name NAME [--password PASSWORD], or " +
		"pegasus admin reset-link --email ADDRESS, or pegasus admin reset-two-factor --email ADDRESS")
}

// forPerson does something for the person of an address, and prints what came of it.
func forPerson(ctx context.Context, args, environ []string, out io.Writer, do func(*app, accounts.User) (string, error)) error {
	flags := flag.NewFlagSet("pegasus admin "+args[0], flag.ContinueOnError)
	flags.SetOutput(out)
	email := flags.String("email", "", "the address of the account")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *email == "" || flags.NArg() > 0 {
		return fmt.Errorf("admin %s needs --email", args[0])
	}
	a, err := openApp(ctx, environ, out)
	if err != nil {
		return err
	}
	defer a.close()
	u, err := a.store.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(*email)))
	if err != nil {
		return err
	}
	told, err := do(a, u)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, told)
	return err
}

// openApp wires everything without serving, and logs no more than warnings.
func openApp(ctx context.Context, environ []string, out io.Writer) (*app, error) {
	s, err := readSettings(environ)
	if err != nil {
		return nil, err
	}
	return newApp(ctx, s, slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn})))
}

// createAdmin reads one line of standard input where there is no --password, so that the password need not stand in the
// shell's history.
func createAdmin(ctx context.Context, args, environ []string, out io.Writer) error {
	flags := flag.NewFlagSet("pegasus admin create", flag.ContinueOnError)
	flags.SetOutput(out)
	email := flags.String("email", "", "the address to sign in with")
	name := flags.String("name", "", "the name that others see")
	password := flags.String("password", "", "8 to 128 characters; read from standard input where missing")
	if err := flags.Parse(args); err != nil {
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
	a, err := openApp(ctx, environ, out)
	if err != nil {
		return err
	}
	defer a.close()
	u, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: *email, Name: *name, Password: *password})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is an admin now. Sign in at %s/login\n", u.Email, a.settings.appURL)
	return err
}
