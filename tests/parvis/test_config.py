"""The config file: valid as it stands, and clear about what is wrong."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from appservice.errors import ConfigError
from parvis.cli import main
from parvis.config import load, parse

EXAMPLE = Path("config.example.yaml")


def test_the_example_is_valid_as_it_stands():
    config = load(EXAMPLE)

    assert config.registration.bot == "@parvis:example.org"
    assert config.database_url.startswith("sqlite:///")
    listeners = config.listeners.values()
    assert len(set(listeners)) == 4
    assert {listener.rpartition(":")[0] for listener in listeners} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("room_version:", "room_verson:", "homeserver.room_verson"),
        ('room_version: "12"', 'room_version: "13"', "homeserver.room_version"),
        ("  server_name: example.org\n", "", "homeserver.server_name"),
        ("language: fr", "language: de", "organization.language"),
        ("listen: 127.0.0.1:8080", "listen: everywhere", "web.listen"),
        (
            "public_url: http://127.0.0.1:8080",
            "public_url: http://intranet.example.org",
            "web.public_url",
        ),
        ('- "@ana:example.org"', '- "ana"', "admins"),
        ("hs_token: change-me-hs", "hs_token: change-me-as", "appservice.hs_token"),
        ("as_token: change-me-as", "as_token_file: /nowhere/at/all", "appservice.as_token_file"),
        ("source: none", "source: file", "directory.file"),
        ("source: none", "source: keycloak", "directory.keycloak.url"),
        ("source: none", "source: scim", "directory.scim.token"),
        ("source: none", "source: ldap", "directory.ldap.url"),
        ('staff: ""', "staff: site Lyon", "directory.staff"),
        ('accounts: "@{username}', 'accounts: "@ana', "directory.accounts"),
        ('  host: ""', "  host: mail.example.org", "mail.sender"),
        ('  host: ""', "  host: mail.example.org:25", "mail.host"),
        ("organization:", "organization: [", "file"),
        (
            "kinds: {}",
            "kinds: {guild: {names: {fr: Guilde, en: Guild}, icon: marteau}}",
            "kinds.guild.icon",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(old: str, new: str, key: str):
    text = EXAMPLE.read_text()
    assert old in text

    with pytest.raises(ConfigError) as error:
        parse(text.replace(old, new, 1))

    assert error.value.key == key


def test_a_secret_may_stand_in_a_file(tmp_path: Path):
    token = tmp_path / "token"
    token.write_text("from-a-file\n")
    text = EXAMPLE.read_text().replace("as_token: change-me-as", f"as_token_file: {token}", 1)

    assert parse(text).appservice.as_token == "from-a-file"


def test_a_wrong_file_ends_the_program_with_2(tmp_path: Path):
    (tmp_path / "config.yaml").write_text("homeserver: {colour: red}")

    result = CliRunner().invoke(main, ["run", "-c", str(tmp_path / "config.yaml")])

    assert result.exit_code == 2
    assert "colour" in result.output


def test_a_file_that_is_not_there_is_said_to_come_from_init(tmp_path: Path):
    result = CliRunner().invoke(main, ["check", "-c", str(tmp_path / "config.yaml")])

    assert result.exit_code == 2
    assert "parvis init" in result.output


def test_init_writes_two_files_that_only_their_owner_reads(tmp_path: Path):
    answers = {
        "--server-name": "acme.test",
        "--homeserver-url": "http://127.0.0.1:8008",
        "--organization": "Acmé",
        "--language": "fr",
        "--admin": "@ana:acme.test",
        "--co-creator": "@keeper:acme.test",
        "--public-url": "https://parvis.acme.test",
        "--folder": str(tmp_path),
    }
    words = ["init", *(part for pair in answers.items() for part in pair)]

    result = CliRunner().invoke(main, words)
    again = CliRunner().invoke(main, words)

    assert result.exit_code == 0, result.output
    assert "app_service_config_files" in result.output
    config = load(tmp_path / "config.yaml")
    assert config.organization.name == "Acmé"
    assert config.appservice.as_token in (tmp_path / "registration.yaml").read_text()
    assert (tmp_path / "config.yaml").stat().st_mode & 0o077 == 0
    assert (tmp_path / "registration.yaml").stat().st_mode & 0o077 == 0
    assert again.exit_code == 2


def test_init_asks_again_what_was_answered_wrongly_and_makes_accounts_whole(tmp_path: Path):
    answers = [
        "en",
        "acme test", "acme.test",
        "127.0.0.1:8008", "",
        "Acme",
        "@ana:elsewhere.test", "ana",
        "",
        "parvis.acme.test", "https://parvis.acme.test/",
    ]  # fmt: skip

    result = CliRunner().invoke(
        main, ["init", "--folder", str(tmp_path)], input="\n".join(answers) + "\n"
    )

    assert result.exit_code == 0, result.output
    assert result.output.count("Error: ") == 4
    assert "register_new_matrix_user -c homeserver.yaml -u keeper" in result.output
    config = load(tmp_path / "config.yaml")
    assert (config.admins, config.co_creator) == (("@ana:acme.test",), "@keeper:acme.test")
    assert config.homeserver.url == "http://127.0.0.1:8008"
    assert config.web.public_url == "https://parvis.acme.test"


def test_init_asks_in_the_language_that_was_chosen_first(tmp_path: Path):
    result = CliRunner().invoke(main, ["init", "--folder", str(tmp_path)], input="fr\nacme.test\n")

    assert "Nom de serveur de vos comptes Matrix" in result.output


def test_init_refuses_before_it_asks_where_files_stand_already(tmp_path: Path):
    (tmp_path / "registration.yaml").touch()

    result = CliRunner().invoke(main, ["init", "--folder", str(tmp_path)], input="fr\n")

    assert result.exit_code == 2
    assert "--force overwrites it, with new tokens" in result.output


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("room_version:", "room_verson:", "did you mean room_version? (line 13)"),
        ("language: fr", "languages: fr", "did you mean language?"),
        ("public_url: http://127.0.0.1:8080", "public_url: http://127.0.0.1:8080/", "no slash"),
        ("listen: 127.0.0.1:8080", "listen: 127.0.0.1:80800", "no such port"),
        ("listen: 127.0.0.1:29331", "listen: 127.0.0.1:8080", "the address of web already"),
        ('"@ana:example.org"', '"@ana:elsewhere.org"', "not an account of example.org"),
        ('"@keeper:example.org"', '"@parvis:example.org"', "the bot itself"),
        ("time_zone: Europe/Paris", "time_zone: Europe/Lyon", "no known time zone"),
        ("hs_token: change-me-hs", "hs_token: short", "at least 8 signs"),
        ("  listen: 127.0.0.1:29333", "  listen: 127.0.0.1:29333\n  listen: x", "duplicate key"),
        ("  as_token:", "  as_token_file: x\n  as_token:", "one of the two must go"),
    ],
)
def test_a_refusal_says_what_would_be_right(old: str, new: str, says: str):
    text = EXAMPLE.read_text()
    assert old in text

    with pytest.raises(ConfigError) as error:
        parse(text.replace(old, new, 1))

    assert says in str(error.value)


def test_relative_paths_begin_at_the_file(tmp_path: Path):
    (tmp_path / "token").write_text("from-a-file")
    text = EXAMPLE.read_text().replace("as_token: change-me-as", "as_token_file: token", 1)
    (tmp_path / "config.yaml").write_text(text)

    config = load(tmp_path / "config.yaml")

    assert config.folder == tmp_path / "data"
    assert config.appservice.as_token == "from-a-file"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("url", "start_tls", "key"),
    [
        ("ldap://ldap.example.org", "false", "directory.ldap.url"),
        ("ldaps://ldap.example.org", "true", "directory.ldap.start_tls"),
        ("ldap://ldap.example.org", "true", None),
        ("ldaps://ldap.example.org:636", "false", None),
        ("ldap://localhost:389", "false", None),
    ],
)
def test_a_password_travels_protected(url: str, start_tls: str, key: str | None):
    before, after = EXAMPLE.read_text().split("  ldap:\n")
    after = after.replace('url: ""', f"url: {url}", 1).replace('password: ""', "password: p4ss", 1)
    text = before + "  ldap:\n" + after.replace("start_tls: false", f"start_tls: {start_tls}", 1)

    if key is None:
        assert parse(text).directory.ldap.url == url
    else:
        with pytest.raises(ConfigError) as error:
            parse(text)
        assert error.value.key == key


@pytest.mark.parametrize(
    ("host", "security", "key"),
    [
        ("mail.example.org", "none", "mail.security"),
        ("mail.example.org", "starttls", None),
        ("127.0.0.1", "none", None),
    ],
)
def test_letters_travel_protected(host: str, security: str, key: str | None):
    text = EXAMPLE.read_text().replace('host: ""', f"host: {host}", 1)
    text = text.replace("security: starttls", f"security: {security}", 1)
    text = text.replace('sender: ""', "sender: parvis@example.org", 1)
    found = None
    try:
        parse(text)
    except ConfigError as error:
        found = error.key

    assert found == key


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, None),
        ({"address": "parvis@example.org"}, "address"),
        ({"address": "parvis@{token}.example.org"}, "address"),
        ({"address": ""}, "address"),
        ({"authserv_id": ""}, "authserv_id"),
        ({"lmtp_listen": ""}, "lmtp_listen"),
        ({"lmtp_listen": "127.0.0.1:29333"}, "lmtp_listen"),
        ({"host": "imap.example.org"}, "password"),
        ({"host": "imap.example.org", "user": "p", "password": "p"}, None),
        (
            {"host": "imap.example.org", "user": "p", "password": "p", "security": "none"},
            "security",
        ),
        ({"host": "127.0.0.1", "user": "p", "password": "p", "security": "none"}, None),
    ],
)
def test_letters_come_in_where_nobody_can_forge_them(given: dict[str, str], key: str | None):
    usual = {
        "address": "parvis+{token}@example.org",
        "authserv_id": "mx.example.org",
        "lmtp_listen": "127.0.0.1:29334",
    }
    before, _, rest = EXAMPLE.read_text().partition("incoming_mail:\n")
    section = "".join(f'  {name}: "{value}"\n' for name, value in {**usual, **given}.items())
    text = f"{before}incoming_mail:\n{section}{rest[rest.index('# Kinds of group') :]}"
    found = None
    try:
        assert parse(text).incoming_mail.settings().domains == ("example.org",)
    except ConfigError as error:
        found = error.key.removeprefix("incoming_mail.")

    assert found == key
