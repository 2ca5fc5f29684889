"""The demo's config.yaml: the example with the demo's own names and present ports in it."""

from io import StringIO

from ruamel.yaml import YAML

from parvis.config import Config, load
from parvis.demo.installation import KEEPER, SERVER_NAME, Installation, write_secret
from parvis.demo.organization import Organization
from parvis.demo.synapse import free_port
from parvis.init import example


def write_config(installation: Installation, organization: Organization) -> Config:
    """Write the config for the present ports, and return it."""
    document = YAML().load(example())
    remembered, web = installation.remembered, f"127.0.0.1:{installation.remembered.web_port}"
    document["homeserver"]["url"] = installation.home.base_url
    document["homeserver"]["server_name"] = SERVER_NAME
    document["homeserver"]["co_creator"] = installation.user_id(KEEPER)
    document["appservice"]["as_token"] = remembered.as_token
    document["appservice"]["hs_token"] = remembered.hs_token
    document["appservice"]["listen"] = f"127.0.0.1:{installation.appservice_port}"
    document["organization"]["name"] = organization.name
    document["web"]["public_url"] = installation.web_url
    document["web"]["listen"] = web
    document["hooks"] = {"public_url": "", "listen": web}
    document["metrics"] = {"listen": f"127.0.0.1:{free_port()}"}
    document["admins"] = [installation.user_id(organization.admin.localpart)]
    document["groups"]["creation"] = "approved"
    document["data_folder"] = str(installation.folder / "parvis")
    text = StringIO()
    YAML().dump(document, text)
    write_secret(installation.config_path, text.getvalue())
    return load(installation.config_path)
