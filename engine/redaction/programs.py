"""Which arguments of which programs are secrets, as their manuals say: what a list of processes shows to everybody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """One program, or several that take the same options.

    Attributes:
        names: what it is called, without a folder.
        secret: options whose value is a secret: `-p` (its value glued to it or the next word), `--pass` (behind `=` or
            the next word). Options whose very names say so need not be listed.
        glued: the value of a short option is never the next word, as with mysql's `-p`.
        pair: options whose value is a name and, behind a separator, a secret.
        separator: see `pair`.
        flags: letters without a value that may stand before the secret one's in the same word.
        settings: options whose value is `name=secret,name=secret`.
        only: holds only where one of these words follows.
        last: the last word is a secret.
        leads: it is followed by a command of its own, whose options are not its options.
    """

    names: str
    secret: tuple[str, ...] = ()
    glued: bool = False
    pair: tuple[str, ...] = ()
    separator: str = ":"
    flags: str = ""
    settings: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    last: bool = False
    leads: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        return (*self.secret, *self.pair, *self.settings)


PROGRAMS = (
    Program("sshpass", ("-p",), flags="ev", leads=True),
    Program(
        "mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlslap mysqlbinlog mysqlpump mysqlsh mycli "
        "mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-show mariadb-binlog mariadb-backup "
        "mariabackup xtrabackup innobackupex",
        ("-p",),
        glued=True,
        flags="ABCEHNXbfinqrstv",
    ),
    Program(
        "curl",
        ("--oauth2-bearer", "--pass", "--proxy-pass", "--tlspassword", "-b", "--cookie"),
        pair=("-u", "--user", "-U", "--proxy-user", "-E", "--cert", "--proxy-cert"),
        flags="#0123456BGIJLNORSafgijklnpqsv",
    ),
    Program("http https httpie xh", pair=("-a", "--auth")),
    Program("wget", ("--header",)),
    Program("lftp", pair=("-u", "--user"), separator=","),
    Program("ncftp ncftpget ncftpput ncftpls", ("-p",)),
    Program(
        "ldapsearch ldapadd ldapmodify ldapdelete ldapcompare ldapmodrdn ldapwhoami ldapexop ldapvc ldapurl",
        ("-w",),
        flags="xvncWAMLZ",
    ),
    Program("ldappasswd", ("-w", "-a", "-s"), flags="xvnWASZ"),
    Program(
        "smbclient smbget smbcacls smbcquotas smbtree rpcclient net wbinfo samba-tool mount.cifs",
        ("--pw-nt-hash",),
        pair=("-U", "--user", "-A"),
        separator="%",
        flags="Nkg",
    ),
    Program("redis-cli valkey-cli keydb-cli", ("-a", "--pass")),
    Program(
        "mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop mongofiles",
        ("-p", "--password"),
    ),
    Program("sqlcmd bcp sqsh tsql isql fisql", ("-P",)),
    Program("clickhouse-client influx", ("-password",)),
    Program("ipmitool", ("-P", "-k", "-y")),
    Program("ipmipower ipmiconsole ipmi-sensors ipmi-sel ipmi-chassis ipmi-fru ipmi-raw bmc-info", ("-p", "-k")),
    Program(
        "fence_ipmilan fence_ilo fence_ilo2 fence_ilo3 fence_ilo4 fence_ilo5 fence_drac fence_drac5 fence_idrac "
        "fence_imm fence_apc fence_apc_snmp fence_ipdu fence_eaton_snmp fence_redfish fence_vmware_rest "
        "fence_vmware_soap fence_rsa fence_rsb fence_wti fence_bladecenter fence_virsh "
        "fence_pve fence_raritan fence_intelmodular",
        ("-p", "-c"),
    ),
    Program(
        "snmpget snmpgetnext snmpset snmpwalk snmpbulkwalk snmpbulkget snmptrap snmpinform snmpstatus snmptable snmpdf",
        ("-c", "-A", "-X"),
    ),
    Program("ssh-keygen", ("-N", "-P")),
    Program("plink pscp psftp puttygen", ("-pw",)),
    Program("rdesktop", ("-p",)),
    Program("xfreerdp xfreerdp3 wlfreerdp sdl-freerdp", ("/p",)),
    Program("openssl", ("-k", "-K", "-passin", "-passout", "-pass", "-passcerts", "-psk", "-macopt")),
    Program("zip unzip zipcloak", ("-P",)),
    Program("7z 7za 7zr 7zz rar unrar", ("-p", "-hp"), glued=True),
    Program("useradd usermod groupadd groupmod", ("-p",)),
    Program("htpasswd", only=("-b", "-nb", "-bn", "-cb", "-bc", "-bB", "-Bb", "-nbB", "-nBb", "-cbB"), last=True),
    Program("wpa_passphrase", last=True),
    Program("docker podman nerdctl buildah skopeo helm oras", ("-p",), only=("login",)),
    Program("az", ("-p",), only=("login",)),
    Program("vault bao", only=("login", "unseal"), last=True),
    Program("mosquitto_pub mosquitto_sub mosquitto_rr", ("-P",), flags="dqR"),
    Program("iscsiadm", ("-v", "--value"), only=("update",)),
    Program("virsh", only=("secret-set-value",), last=True),
    Program("swaks", ("-ap", "--ap", "-p")),
    Program("kadmin kadmin.local", ("-w", "-pw")),
    Program("bconsole dsmc dsmadmc", ("-pa", "-pas", "-password")),
    Program("racadm", ("-p",)),
)
"""The manuals of these programs, each in its section 1 or 8."""
