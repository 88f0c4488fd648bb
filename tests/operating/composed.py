"""What compose.yaml describes, as processes of this machine: services of the image, nginx, and a PostgreSQL.

A container is a process with its own /tmp and the environment that image, `.env` and compose.yaml give it, and nothing
else. Names of services and their ports become addresses on loopback; all else is taken from the files as they stand.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.machine import nginx
from tests.operating.image import Image, move
from tests.processes import free_port, wait_for

PATIENCE_S = 120
NOBODY = "nobody"  # as whom nginx runs where the tests run as root
GROUP = "nogroup"


def make_certificate(folder: Path) -> Path:
    """Puts a certificate for localhost and its key where nginx expects them, and returns the certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), loopback]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, *plain))
    return folder / "fullchain.pem"


def read_settings(text: str) -> dict[str, str]:
    """Of a file of NAME=value lines, as systemd, Docker and shells read it."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: "".join(shlex.split(value)) for name, value in (line.split("=", 1) for line in lines)}


class StrictLoader(yaml.SafeLoader):
    """Refuses a name that stands twice, as Docker does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        assert len(names) == len(set(names)), names
        return super().construct_mapping(node, deep)


def read_compose_file(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text, StrictLoader)  # noqa: S506  # a safe one
    return loaded


class Container:
    """A process that can be killed and started again."""

    grace_s = 15.0

    def __init__(
        self, name: str, command: list[str], folder: Path, environment: Mapping[str, str], **user: Any
    ) -> None:
        self.name, self.command, self.folder, self.environment = name, command, folder, dict(environment)
        self.user = user
        self.log = Path(self.environment["TMPDIR"]).with_name(f"{name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.user,
            )

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)  # nginx has children of its own, and a container ends with all in it
        assert self.process
        self.process.wait()

    def end(self) -> None:
        """Waits for it, which was asked to end, as long as Docker does."""
        if self.process:
            try:
                self.process.wait(self.grace_s)
            except subprocess.TimeoutExpired:
                self.kill()
                self.log.open("a").write("It had to be killed.\n")

    def is_well(self, check: list[str]) -> bool:
        """By its health check. An AssertionError with its last words if it has ended."""
        assert self.process
        assert self.process.poll() is None, f"{self.name} ended:\n{self.log.read_text()[-3000:]}"
        asked = [*check, str(self.pid)]
        return not subprocess.run(asked, cwd=self.folder, env=self.environment, capture_output=True).returncode

    def highest_memory(self) -> int:
        """In bytes."""
        found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        assert found
        return int(found[1]) * 1024


class Composed:
    """`docker compose up`, without Docker."""

    def __init__(self, checkout: Path, image: Image, folder: Path, database: str, **settings: str) -> None:
        self.checkout, self.image, self.folder = checkout, image, folder
        self.settings = read_settings((checkout / ".env").read_text()) | settings
        text = (checkout / "compose.yaml").read_text()
        given = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: self.settings[found[1]] or "missing", text)
        self.services: dict[str, dict[str, Any]] = read_compose_file(given)["services"]
        self.ports = {name: free_port() for name in ("web1", "web2", "flashserver", "http", "https")}
        password = self.settings["POSTGRES_PASSWORD"]
        self.addresses = {
            f"postgres://flashweb:{password}@database/flashweb": database,
            "http://flashserver:8765/": f"http://127.0.0.1:{self.ports['flashserver']}/",
        }
        self.url = f"https://localhost:{self.ports['https']}"
        self.containers: dict[str, Container] = {}
        self.share_folder = True
        volume = folder / "data/var/lib/flashweb"
        volume.mkdir(parents=True)
        for above in volume.parents[:3]:  # A volume's folder lies where everyone may look for it.
            above.chmod(0o755)

    def environment_of(self, service: dict[str, Any], name: str) -> dict[str, str]:
        assert service["env_file"] == ".env"
        own = self.folder / name
        (own / "tmp").mkdir(parents=True, exist_ok=True)
        data = self.folder / "data" if self.share_folder else own
        roots = {"/srv": self.image.final.root, "/tmp": own, "/var/lib/flashweb": data}
        given = {**self.settings, **{key: str(value) for key, value in service["environment"].items()}}
        for address, here in self.addresses.items():
            given = {key: value.replace(address, here) for key, value in given.items()}
        found = {key: move(value, roots) for key, value in given.items()}
        return {**self.image.final.run_environment(roots), **found}

    def container(self, service_name: str, name: str = "", extra: tuple[str, ...] = ()) -> Container:
        """Of a service of the image, by the name of the service or another; `extra` ends its command line."""
        service, name = self.services[service_name], name or service_name
        assert service["image"].startswith("flashweb")
        assert service["volumes"] == ["data:/var/lib/flashweb"]
        command = [*self.image.final.entrypoint, *service["command"].split()]
        if name in self.ports:
            command += ["--host", "127.0.0.1", "--port", str(self.ports[name])]
        environment = self.environment_of(service, name)
        return Container(name, [*command, *extra], self.image.final.path("."), environment)

    def up(self, name: str, *extra: str, service: str = "") -> None:
        """Starts a container once those on which its service depends are as it says."""
        wishes = self.services[service or name].get("depends_on", {})
        others = [other for other in wishes if other != "database"]
        for other in others:
            if other not in self.containers:
                self.up(other)
        for other in others:
            if wishes[other]["condition"] == "service_healthy":
                self.wait_until_well(other)
            else:
                assert wishes[other]["condition"] == "service_completed_successfully"
                process = self.containers[other].process
                assert process
                assert process.wait(PATIENCE_S) == 0, self.containers[other].log.read_text()
        made = self.nginx() if name == "nginx" else self.container(service or name, name, extra)
        self.containers[name] = made
        made.start()

    def wait_until_well(self, name: str) -> None:
        check = self.image.final.healthcheck
        wait_for(f"health of {name}", lambda: self.containers[name].is_well(check), PATIENCE_S, pause_s=0.5)

    def run(self, *command: str, **environment: str) -> str:
        """`docker compose run --rm web1 …`: what the command prints."""
        container = self.container("web1", "run")
        done = subprocess.run(
            [*self.image.final.entrypoint, *command],
            cwd=container.folder,
            env={**container.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def nginx(self) -> Container:
        """With the files that compose.yaml mounts. Only addresses, ports and folders are others."""
        service = self.services["nginx"]
        own = self.folder / "nginx"
        (own / "tmp").mkdir(parents=True)
        for mount in service["volumes"]:
            source, target, mode = mount.split(":")
            assert mode == "ro", mount
            if source == "data":
                assert target == "/var/lib/flashweb"
            elif (self.checkout / source).is_dir():
                shutil.copytree(self.checkout / source, own / target.lstrip("/"))
            else:
                (own / target.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.checkout / source, own / target.lstrip("/"))
        settings = own / "etc/nginx"
        shutil.copy2("/etc/nginx/mime.types", settings)
        webs = settings / "flashweb-webs.conf"
        # Names are looked up again by nginx 1.28 in the container; here they are addresses.
        servers = re.findall(r"^server (\w+):8000 resolve (.*);$", webs.read_text(), re.MULTILINE)
        assert [name for name, _ in servers] == ["web1", "web2"]
        webs.write_text("".join(f"server 127.0.0.1:{self.ports[name]} {options};\n" for name, options in servers))
        for path in settings.rglob("*.conf"):
            path.write_text(self.here(path.read_text()))
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = {"user": NOBODY, "group": GROUP, "extra_groups": []}
            for path in (own, *own.rglob("*")):
                os.chown(path, pwd.getpwnam(NOBODY).pw_uid, -1)
        program = nginx()
        assert program
        command = [program, "-e", "stderr", "-c", str(settings / "nginx.conf"), "-g", "daemon off;"]
        return Container("nginx", command, own, {"PATH": os.environ["PATH"], "TMPDIR": str(own / "tmp")}, **user)

    def here(self, settings: str) -> str:
        own = self.folder / "nginx"
        settings = move(settings, {"/tmp": own, "/etc/nginx": own, "/var/lib/flashweb": self.folder / "data"})
        settings = re.sub(r"^\s*listen \[::\]:.*\n", "", settings, flags=re.MULTILINE)
        for standard, port in (("80", self.ports["http"]), ("443", self.ports["https"])):
            settings = re.sub(rf"\blisten {standard}\b", f"listen 127.0.0.1:{port}", settings)
        return settings

    def stop(self, *names: str) -> None:
        """All of them, if none is named."""
        containers = [self.containers[name] for name in names or self.containers]
        for container in containers:
            if container.process:
                container.process.terminate()
        for container in containers:
            container.end()

    def play_from(self, bucket: str) -> None:
        """Gives nginx the settings for a bucket, with its address, as the book says."""
        settings = self.folder / "nginx/etc/nginx/flashweb-s3.conf"
        sample = (self.checkout / "deploy/nginx/s3.conf").read_text()
        settings.write_text(sample.replace("s3.example.org", urlsplit(bucket).netloc).replace("https://", "http://"))
        settings.chmod(0o644)
        os.kill(self.containers["nginx"].pid, signal.SIGHUP)

    def show_logs(self) -> None:
        """Of a failed test, among what it printed."""
        for name, container in self.containers.items():
            print(f"--- {name}\n{container.log.read_text()[-4000:]}")


class Person(requests.Session):
    """Somebody with a browser, at the address of the site."""

    def __init__(self, site: Composed, certificate: Path) -> None:
        super().__init__()
        self.site, self.verify, self.trust_env = site, str(certificate), False
        self.headers["Origin"] = site.url

    def request(self, method: str, path: str, **options: Any) -> requests.Response:  # type: ignore[override]
        token = {"X-CSRFToken": self.cookies.get("csrftoken") or ""}
        options = {"timeout": PATIENCE_S, **options, "headers": {**token, **(options.get("headers") or {})}}
        return super().request(method, path if urlsplit(path).scheme else self.site.url + path, **options)

    def ask_web(self, web: str, method: str, path: str, **options: Any) -> requests.Response:
        """As nginx would pass it on to this web process."""
        passed = {
            "Host": urlsplit(self.site.url).netloc,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.1",
            "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies),
        }
        options["headers"] = {**passed, **(options.get("headers") or {})}
        return self.request(method, f"http://127.0.0.1:{self.site.ports[web]}{path}", **options)

    def sign_in(self, name: str, password: str, **headers: str) -> None:
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", data={"username": name, "password": password}, headers=headers)
        assert answer.url == f"{self.site.url}/", (answer.status_code, answer.text)
