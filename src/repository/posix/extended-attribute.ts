/** An extended attribute; POSIX ACLs and SELinux labels are such. */
export interface ExtendedAttribute {
  /** `user.…`, `security.selinux`, `system.posix_acl_access`. */
  readonly name: string;
  readonly value: Buffer;
}
