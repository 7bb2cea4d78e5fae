package accounts

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
)

const (
	backupCodes    = 10
	backupLength   = 10 // characters of 5 bits
	backupAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	backupFew      = 3 // so few are left that the person is told to make new ones
	// backupRounds of PBKDF2, times 2 to the cost that passwords have: 102,400 at the product's.
	backupRounds = 25
)

// misread are the letters that Crockford's base32 takes for the digits that they look like.
var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "")

// newBackupCodes returns codes in the form in which they are shown, and the salt for their hashes.
func (s *Service) newBackupCodes() (codes []string, salt []byte) {
	for range backupCodes {
		code := make([]byte, backupLength)
		rand.Read(code) // never fails
		for i := range code {
			code[i] = backupAlphabet[code[i]%byte(len(backupAlphabet))]
		}
		codes = append(codes, string(code[:backupLength/2])+"-"+string(code[backupLength/2:]))
	}
	salt = make([]byte, 17)
	rand.Read(salt)
	salt[0] = byte(s.passwords.cost) // first, so that codes outlive a change of the cost
	return codes, salt
}

// hashBackupCodes returns the form of codes in which they are stored. All codes of a person share a salt, so that one
// derivation checks a code against all of them.
func (s *Service) hashBackupCodes(ctx context.Context, salt []byte, codes []string) (hashes []string, err error) {
	var failed error
	err = s.passwords.run(ctx, func() {
		for _, code := range codes {
			hash, err := s.hashBackupCode(salt, code)
			if err != nil {
				failed = err
				return
			}
			hashes = append(hashes, hash)
		}
	})
	if err == nil {
		err = failed
	}
	return hashes, err
}

func (s *Service) hashBackupCode(salt []byte, code string) (string, error) {
	peppered := s.keyed("backup code", misread.Replace(strings.ToUpper(code)))
	key, err := pbkdf2.Key(sha256.New, string(peppered), salt[1:], backupRounds<<salt[0], sha256.Size)
	return hex.EncodeToString(key), err
}

// useBackupCode uses up the code of a person, or returns errBackupCode.
func (s *Service) useBackupCode(ctx context.Context, t TwoFactor, code string) (left int, err error) {
	if stored, there := plainBackupCode(t, code); there {
		return s.store.UseBackupCode(ctx, t.UserID, stored)
	}
	if len(misread.Replace(code)) != backupLength || len(t.Salt) < 2 || t.Salt[0] > bcryptCost+4 {
		return 0, errBackupCode
	}
	hashes, err := s.hashBackupCodes(ctx, t.Salt, []string{code})
	if err != nil {
		return 0, err
	}
	found := ""
	for _, stored := range t.BackupCodes {
		if subtle.ConstantTimeCompare([]byte(stored), []byte(hashes[0])) == 1 {
			found = stored
		}
	}
	if found == "" {
		return 0, errBackupCode
	}
	return s.store.UseBackupCode(ctx, t.UserID, found)
}

// plainBackupCode finds a code that an older system left in the clear, as it is stored.
func plainBackupCode(t TwoFactor, code string) (stored string, there bool) {
	tidy := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code))
	for _, candidate := range t.BackupCodes {
		if subtle.ConstantTimeCompare([]byte(candidate), append(bytes.Clone(plain), tidy...)) == 1 {
			stored, there = candidate, tidy != ""
		}
	}
	return stored, there
}

// NewBackupCodes replaces the backup codes, by the password or by a code, in a fresh session.
func (s *Service) NewBackupCodes(ctx context.Context, u User, session Session, password, code string) ([]string, error) {
	if session.ImpersonatedBy != "" {
		return nil, errNotYours
	}
	if !u.TwoFactorEnabled {
		return nil, errTwoFactorOff
	}
	err := s.Fresh(session)
	switch {
	case err != nil:
	case code != "":
		err = s.proveFactor(ctx, u, session, code)
	default:
		err = s.VerifyPassword(ctx, u, password)
	}
	if err != nil {
		return nil, err
	}
	codes, salt := s.newBackupCodes()
	hashes, err := s.hashBackupCodes(ctx, salt, codes)
	if err != nil {
		return nil, err
	}
	err = s.store.ReplaceBackupCodes(ctx, u.ID, salt, hashes)
	if errors.Is(err, ErrNoTwoFactor) {
		return nil, errTwoFactorOff
	}
	if err != nil {
		return nil, err
	}
	s.record(ctx, Event{Action: ActionBackupCodesMade, ActorID: u.ID, UserID: u.ID})
	s.notice(ctx, u, "New backup codes were made. The old ones no longer work.")
	return codes, nil
}
