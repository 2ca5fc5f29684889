"""What the demo's terminal shows, in the terminal's language."""

import pytest

from appservice.languages import Language, phrases
from parvis.demo.installation import Installation, Ports
from parvis.demo.organization import sample_organization
from parvis.demo.table import table
from parvis.terminal import terminal_language


@pytest.mark.parametrize("language", list(Language))
def test_the_table_names_addresses_and_of_each_person_what_to_look_at(tmp_path, language):
    organization = sample_organization()
    installation = Installation(tmp_path, ports=Ports(web=1, homeserver=2))

    text = "\n".join(table(organization, installation, tmp_path, phrases(language)))

    assert installation.web_url in text
    assert installation.home.base_url in text
    assert str(tmp_path) in text
    first = organization.people[0]
    assert text.index(first.name) < text.index(organization.people[1].name)
    for one in organization.people:
        assert installation.password(one.localpart) in text
        assert one.look[language] in text


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, Language.FR),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "fr_FR.UTF-8"}, Language.EN),
        ({"LC_ALL": "", "LANG": "fr_CH"}, Language.FR),
        ({}, Language.EN),
    ],
)
def test_the_terminal_tells_its_language(environment, language):
    assert terminal_language(environment) is language
